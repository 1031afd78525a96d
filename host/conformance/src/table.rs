//! The report as people read it.

use std::fmt;

use crate::{Counterexample, Report, Verdict};

/// Columns of text that a property's sentence takes, as a rule.
const SENTENCE: usize = 52;

/// Before everything that says more about a property.
const INDENT: &str = "          ";

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(problem) = &self.refused {
            return writeln!(f, "NOT ADMITTED: {problem}");
        }
        if let Some(plugin) = &self.plugin {
            let kib = plugin.bytes.div_ceil(1024);
            writeln!(f, "{} {}, {kib} KiB, sha256 {}", plugin.name, plugin.version, plugin.digest)?;
            writeln!(f, "admitted, its examples replayed bit for bit")?;
        }
        for method in &self.methods {
            writeln!(f, "\n{} `{}`", method.kind, method.method)?;
            for outcome in &method.outcomes {
                let sentence = outcome.property.to_string();
                match &outcome.verdict {
                    Verdict::Held { cases: 1 } => writeln!(f, "  ok      {sentence:SENTENCE$} 1 case")?,
                    Verdict::Held { cases } => writeln!(f, "  ok      {sentence:SENTENCE$} {cases} cases")?,
                    Verdict::NotClaimed => writeln!(f, "  -       {sentence:SENTENCE$} not claimed")?,
                    Verdict::Untested { reason } => writeln!(f, "  UNTRIED {sentence}\n{INDENT}{reason}")?,
                    Verdict::Broken(found) => writeln!(f, "  FAILED  {sentence}\n{found}")?,
                }
            }
        }
        let count = |is: fn(&Verdict) -> bool| {
            let outcomes = self.methods.iter().flat_map(|method| &method.outcomes);
            outcomes.filter(|outcome| is(&outcome.verdict)).count()
        };
        let tried = count(|verdict| matches!(verdict, Verdict::Held { .. } | Verdict::Broken(_)));
        match self.failures().count() {
            0 => write!(f, "\nAll {tried} properties hold (seed {})", self.seed)?,
            failed => write!(f, "\n{failed} of {tried} properties do not hold (seed {})", self.seed)?,
        }
        match count(|verdict| matches!(verdict, Verdict::Untested { .. })) {
            0 => writeln!(f, "."),
            untried => writeln!(f, "; {untried} could not be tried."),
        }
    }
}

impl fmt::Display for Counterexample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{INDENT}{}", self.problem)?;
        let params = serde_json::Value::Object(self.params.clone());
        write!(f, "\n{INDENT}parameters: {params}")?;
        if !self.cuts.is_empty() {
            write!(f, "\n{INDENT}cut before rows: {}", list(&self.cuts, usize::to_string))?;
        }
        if !self.windows.is_empty() {
            let window = |(start, end): &(usize, usize)| format!("[{start}, {end})");
            write!(f, "\n{INDENT}windows: {}", list(&self.windows, window))?;
        }
        if self.rows == 0 {
            return Ok(());
        }
        if self.timestamps.is_empty() {
            let names = list(&self.columns, |(name, _)| format!("`{name}`"));
            return write!(f, "\n{INDENT}rows: {} of {names}", self.rows);
        }
        self.rows(f)
    }
}

impl Counterexample {
    /// The rows as a table, numbers to the right.
    fn rows(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = |nanoseconds: &i64| (*nanoseconds as f64 / 1e9).to_string();
        let mut table = vec![
            column("row", (0..self.rows).map(|row| row.to_string())),
            column("seconds", self.timestamps.iter().map(seconds)),
        ];
        table.extend(
            self.columns
                .iter()
                .map(|(name, cells)| column(name, cells.iter().map(|cell| Self::shown(*cell)))),
        );
        for line in 0..=self.rows {
            write!(f, "\n{INDENT}")?;
            for (index, cells) in table.iter().enumerate() {
                let width = cells.iter().map(|cell| cell.chars().count()).max().unwrap_or(0);
                let gap = if index == 0 { "" } else { "  " };
                write!(f, "{gap}{:>width$}", cells[line])?;
            }
        }
        Ok(())
    }
}

fn column(name: &str, cells: impl Iterator<Item = String>) -> Vec<String> {
    std::iter::once(name.to_owned()).chain(cells).collect()
}

fn list<T>(items: &[T], shown: impl Fn(&T) -> String) -> String {
    items.iter().map(shown).collect::<Vec<_>>().join(", ")
}
