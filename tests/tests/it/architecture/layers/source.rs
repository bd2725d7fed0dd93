//! The files of a crate, and what each of them imports from the others.
//!
//! This reads syntax trees: nested groups of `use`, paths in expressions and types, and paths in macros
//! all count. A name that a module re-exports counts as imported from where it is defined. What is
//! compiled for tests or fuzzing alone is left out.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

pub(super) use self::reader::ModulePath;
use self::reader::Names;

mod reader;

/// Re-exports of re-exports, at most: more would be a circle.
const REEXPORTS_MAX: usize = 16;

/// The name by which the binary knows the library.
const LIBRARY: &str = "host_demo";

/// An import of one file from another. Files are named from the crate's source folder.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Import {
    pub(super) from: String,
    pub(super) to: String,
    /// As it is written, without groups.
    pub(super) path: String,
}

/// The modules of a crate.
#[derive(Debug, Default)]
pub(super) struct Crate {
    modules: BTreeMap<ModulePath, Module>,
}

#[derive(Debug)]
struct Module {
    file: String,
    names: Names,
}

impl Crate {
    /// Reads the library and the program of a source folder.
    pub(super) fn read(folder: &Path) -> Self {
        Self::of(&|file| fs::read_to_string(folder.join(file)).ok())
    }

    /// Takes the text of each file from a function.
    pub(super) fn of(text: &dyn Fn(&str) -> Option<String>) -> Self {
        let mut this = Self::default();
        let mut open = vec![
            (Vec::new(), "lib.rs".to_owned()),
            (vec!["main".to_owned()], "main.rs".to_owned()),
        ];
        while let Some((module, file)) = open.pop() {
            let Some(text) = text(&file) else {
                assert_eq!(file, "main.rs", "there is no such file");
                continue;
            };
            let contents = reader::read(module, &text);
            let contents = contents.unwrap_or_else(|error| panic!("{file}: {error}"));
            for (path, names) in contents.modules {
                let file = file.clone();
                this.modules.insert(path, Module { file, names });
            }
            let declared = contents.declared.into_iter();
            open.extend(declared.map(|path| {
                let file = format!("{}.rs", path.join("/"));
                (path, file)
            }));
        }
        this
    }

    /// The files, each with its module.
    pub(super) fn files(&self) -> BTreeMap<&str, &ModulePath> {
        let mut files = BTreeMap::new();
        // An inline module comes after the module of its file.
        for (path, module) in &self.modules {
            files.entry(module.file.as_str()).or_insert(path);
        }
        files
    }

    /// The files that define a type of each name.
    pub(super) fn types(&self) -> BTreeMap<&str, Vec<&str>> {
        let mut types: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for module in self.modules.values() {
            for name in &module.names.types {
                let files = types.entry(name.as_str()).or_default();
                files.push(module.file.as_str());
            }
        }
        types
    }

    /// Every import of a file from another one.
    pub(super) fn imports(&self) -> BTreeSet<Import> {
        let mut imports = BTreeSet::new();
        for (place, module) in &self.modules {
            let paths = module.names.paths.iter();
            for path in paths.filter(|path| !self.begins_with_an_item(place, path)) {
                let target = self.absolute(place, path, REEXPORTS_MAX);
                let target = target.and_then(|path| self.definition(&path, REEXPORTS_MAX));
                imports.extend(
                    target
                        .filter(|file| **file != module.file)
                        .map(|file| Import {
                            from: module.file.clone(),
                            to: file.clone(),
                            path: path.join("::"),
                        }),
                );
            }
        }
        imports
    }

    /// Whether the first name is an item that `use` brought in: that line is the import then.
    fn begins_with_an_item(&self, place: &ModulePath, path: &[String]) -> bool {
        let first = path.get(..1).unwrap_or_default();
        let target = self.absolute(place, first, REEXPORTS_MAX);
        let is_bound = self.modules[place]
            .names
            .bindings
            .contains_key(&first.concat());
        is_bound && target.is_some_and(|path| self.definition(&path, REEXPORTS_MAX).is_some())
    }

    /// From the crate's root; nothing if the path leads to another crate.
    fn absolute(&self, place: &ModulePath, path: &[String], depth: usize) -> Option<ModulePath> {
        let (first, rest) = path.split_first()?;
        let mut base = place.clone();
        let is_main = place.first().is_some_and(|name| name == "main");
        match first.as_str() {
            "crate" => base.clear(),
            LIBRARY if is_main => base.clear(),
            "self" => {}
            "super" => {
                base.pop();
                if rest.first().is_some_and(|next| next == "super") {
                    return self.absolute(&base, rest, depth);
                }
            }
            name => {
                base.push(name.to_owned());
                if !self.modules.contains_key(&base) {
                    let binding = self.modules.get(place)?.names.bindings.get(name)?;
                    base = self.absolute(place, binding, depth.checked_sub(1)?)?;
                }
            }
        }
        base.extend_from_slice(rest);
        Some(base)
    }

    /// The file that defines an item; nothing if the path ends at a module, of which nothing is used
    /// yet.
    fn definition(&self, path: &ModulePath, depth: usize) -> Option<&String> {
        let mut place = Vec::new();
        for (index, name) in path.iter().enumerate() {
            let module = self.modules.get(&place)?;
            place.push(name.clone());
            if self.modules.contains_key(&place) {
                continue;
            }
            place.pop();
            let Some(binding) = module.names.bindings.get(name) else {
                return Some(&module.file);
            };
            let mut target = self.absolute(&place, binding, depth)?;
            target.extend_from_slice(path.get(index + 1..).unwrap_or_default());
            return self.definition(&target, depth.checked_sub(1)?);
        }
        None
    }
}
