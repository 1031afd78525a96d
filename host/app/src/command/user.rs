//! `fettle user`: who may log in.

use std::io::{self, BufRead};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use fettle_metadata::{NewUser, PasswordHash, Role, UserStore};
use jiff::Timestamp;

use super::data::DataOptions;
use crate::wiring::House;

/// Adds, lists and changes users
#[derive(Subcommand)]
pub enum Command {
    /// Adds a user
    Add {
        /// The user's name
        username: String,
        /// viewer (reads), analyst (extracts, builds and imports as well) or admin (everything)
        #[arg(long, default_value = "analyst")]
        role: Role,
        #[command(flatten)]
        password: PasswordOptions,
        #[command(flatten)]
        data: DataOptions,
    },
    /// Lists all users
    List {
        #[command(flatten)]
        data: DataOptions,
    },
    /// Sets a user's password and ends all their sessions
    Passwd {
        /// The user's name
        username: String,
        #[command(flatten)]
        password: PasswordOptions,
        #[command(flatten)]
        data: DataOptions,
    },
    /// Keeps a user from logging in and ends all their sessions
    Disable {
        /// The user's name
        username: String,
        #[command(flatten)]
        data: DataOptions,
    },
    /// Lets a disabled user log in again
    Enable {
        /// The user's name
        username: String,
        #[command(flatten)]
        data: DataOptions,
    },
}

/// Where a password comes from.
#[derive(Args)]
pub struct PasswordOptions {
    /// Read the password from the first line of standard input instead of asking for it
    #[arg(long)]
    password_stdin: bool,
}

/// Runs `fettle user`.
pub async fn run(command: Command) -> anyhow::Result<ExitCode> {
    let now = Timestamp::now();
    match command {
        Command::Add { username, role, password, data } => {
            let users = House::open(&data.settings()?).await?.users;
            let user = NewUser { username, role, password_hash: password.hash()? };
            users.create_user(&user, now).await?;
            println!("added {} ({role})", user.username);
        }
        Command::List { data } => list(existing(&data).await?.as_ref()).await?,
        Command::Passwd { username, password, data } => {
            let users = existing(&data).await?;
            require(users.user(&username).await?, &username)?;
            require(users.set_password(&username, &password.hash()?, now).await?, &username)?;
            println!("changed the password of {username}");
        }
        Command::Disable { username, data } => {
            let users = existing(&data).await?;
            require(users.set_user_active(&username, false, now).await?, &username)?;
            println!("disabled {username}");
        }
        Command::Enable { username, data } => {
            let users = existing(&data).await?;
            require(users.set_user_active(&username, true, now).await?, &username)?;
            println!("enabled {username}");
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(store: &dyn UserStore) -> anyhow::Result<()> {
    let users = store.users().await?;
    let width = users.iter().map(|user| user.username.chars().count()).max().unwrap_or(0).max("user".len());
    println!("{:width$}  {:7}  {:8}  added", "user", "role", "state");
    for user in users {
        let state = if user.is_active { "active" } else { "disabled" };
        let added = user.created_at.strftime("%Y-%m-%d %H:%M UTC");
        println!("{:width$}  {:7}  {state:8}  {added}", user.username, user.role.as_str());
    }
    Ok(())
}

/// The users of a data folder that is there.
async fn existing(data: &DataOptions) -> anyhow::Result<Arc<dyn UserStore>> {
    Ok(House::open(&data.existing()?).await?.users)
}

fn require<User>(user: Option<User>, username: &str) -> anyhow::Result<User> {
    user.with_context(|| format!("there is no user `{username}`"))
}

impl PasswordOptions {
    fn hash(&self) -> anyhow::Result<PasswordHash> {
        let password = if self.password_stdin {
            let mut line = String::new();
            io::stdin().lock().read_line(&mut line).context("reading the password from standard input")?;
            line.trim_end_matches(['\r', '\n']).to_owned()
        } else {
            let ask = |prompt| rpassword::prompt_password(prompt).context("asking for the password");
            let password = ask("Password: ")?;
            if ask("Once more: ")? != password {
                bail!("the two passwords differ");
            }
            password
        };
        Ok(PasswordHash::of(&password)?)
    }
}
