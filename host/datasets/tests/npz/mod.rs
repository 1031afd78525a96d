//! Reads npz files as their specification says, by other means than they are written with.

use std::fs::File;
use std::io::Read;
use std::path::Path;

/// An array of a file.
#[derive(Debug)]
pub struct Array {
    /// numpy's name of the type of its elements.
    pub descr: String,
    pub shape: Vec<usize>,
    /// The elements.
    pub bytes: Vec<u8>,
}

/// The arrays of a file, in their order.
pub fn read(path: &Path) -> Vec<(String, Array)> {
    let mut archive = zip::ZipArchive::new(File::open(path).unwrap()).unwrap();
    (0..archive.len())
        .map(|at| {
            let mut file = archive.by_index(at).unwrap();
            assert_eq!(file.compression(), zip::CompressionMethod::Stored);
            let name = file.name().unwrap().strip_suffix(".npy").unwrap().to_owned();
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).unwrap();
            (name, Array::parse(&bytes))
        })
        .collect()
}

impl Array {
    fn parse(bytes: &[u8]) -> Self {
        assert_eq!(&bytes[..8], b"\x93NUMPY\x01\x00");
        let length = usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
        let header = std::str::from_utf8(&bytes[10..10 + length]).unwrap();
        let after = |key: &str| header.split_once(key).unwrap().1;
        let descr = after("'descr': '").split_once('\'').unwrap().0.to_owned();
        assert!(after("'fortran_order': ").starts_with("False"));
        let shape = after("'shape': (").split_once(')').unwrap().0;
        let shape: Vec<usize> = shape
            .split(',')
            .map(str::trim)
            .filter(|length| !length.is_empty())
            .map(|n| n.parse().unwrap())
            .collect();
        let array = Self { descr, shape, bytes: bytes[10 + length..].to_vec() };
        assert_eq!(array.bytes.len(), array.shape.iter().product::<usize>() * array.element_bytes());
        array
    }

    /// The elements of 64 bits.
    pub fn words(&self) -> impl Iterator<Item = u64> {
        assert_eq!(self.element_bytes(), 8);
        self.bytes.chunks_exact(8).map(|word| u64::from_le_bytes(word.try_into().unwrap()))
    }

    /// The elements that are texts.
    pub fn texts(&self) -> Vec<String> {
        let text = |bytes: &[u8]| {
            let characters = bytes.chunks_exact(4).map(|c| u32::from_le_bytes(c.try_into().unwrap()));
            characters.take_while(|&c| c != 0).map(|c| char::from_u32(c).unwrap()).collect()
        };
        self.bytes.chunks_exact(self.element_bytes()).map(text).collect()
    }

    fn element_bytes(&self) -> usize {
        match self.descr.as_str() {
            "|b1" => 1,
            "<f8" | "<i8" | "<M8[ns]" => 8,
            text => text.strip_prefix("<U").unwrap().parse::<usize>().unwrap() * 4,
        }
    }
}
