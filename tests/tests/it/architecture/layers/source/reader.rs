//! What one file brings in and names, by its syntax tree.

use std::{
    collections::{BTreeMap, BTreeSet},
    mem,
};

use syn::{
    Attribute, Ident, ImplItemFn, ItemConst, ItemEnum, ItemFn, ItemImpl, ItemMod, ItemStruct,
    ItemTrait, ItemType, ItemUse, Macro, Meta, UseTree, Visibility,
    buffer::{Cursor, TokenBuffer},
    visit::{self, Visit},
};

/// The names from the crate's root to a module.
pub(in super::super) type ModulePath = Vec<String>;

/// The names of one module.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// What a name stands for, where `use` brought it in.
    pub(super) bindings: BTreeMap<String, Vec<String>>,
    /// Every path of more than one name, as it is written.
    pub(super) paths: BTreeSet<Vec<String>>,
    /// The structs, enums, traits and aliases that it defines.
    pub(super) types: BTreeSet<String>,
}

/// What one file holds.
#[derive(Debug, Default)]
pub(super) struct Contents {
    /// Its module, and those that are written inside of it.
    pub(super) modules: BTreeMap<ModulePath, Names>,
    /// The modules that have files of their own.
    pub(super) declared: Vec<ModulePath>,
}

/// Reads the file of a module.
pub(super) fn read(module: ModulePath, text: &str) -> syn::Result<Contents> {
    let mut reader = Reader {
        contents: Contents::default(),
        module,
    };
    reader.names();
    reader.visit_file(&syn::parse_file(text)?);
    Ok(reader.contents)
}

struct Reader {
    contents: Contents,
    /// The module that is read.
    module: ModulePath,
}

impl Reader {
    fn names(&mut self) -> &mut Names {
        let modules = &mut self.contents.modules;
        modules.entry(self.module.clone()).or_default()
    }

    fn add(&mut self, path: Vec<String>) {
        if path.len() > 1 {
            self.names().paths.insert(path);
        }
    }

    fn define(&mut self, name: &Ident, attributes: &[Attribute]) {
        if !is_for_tests(attributes) {
            self.names().types.insert(name.to_string());
        }
    }

    fn read_use(&mut self, mut path: Vec<String>, tree: &UseTree) {
        match tree {
            UseTree::Path(one) => {
                path.push(one.ident.to_string());
                self.read_use(path, &one.tree);
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.read_use(path.clone(), tree);
                }
            }
            UseTree::Name(one) if one.ident == "self" => self.bind(path.last().cloned(), path),
            UseTree::Name(one) => {
                path.push(one.ident.to_string());
                self.bind(path.last().cloned(), path);
            }
            UseTree::Rename(one) => {
                if one.ident != "self" {
                    path.push(one.ident.to_string());
                }
                self.bind(Some(one.rename.to_string()), path);
            }
            UseTree::Glob(_) => {
                path.push("*".to_owned());
                self.add(path);
            }
        }
    }

    fn bind(&mut self, name: Option<String>, path: Vec<String>) {
        if let Some(name) = name {
            self.names().bindings.insert(name, path.clone());
        }
        self.add(path);
    }

    /// Finds `a::b::c` among tokens that are no syntax tree yet.
    fn read_tokens(&mut self, mut cursor: Cursor<'_>) {
        let mut path = Vec::new();
        let mut colons = 0;
        while !cursor.eof() {
            if let Some((ident, rest)) = cursor.ident() {
                if colons != 2 {
                    self.add(mem::take(&mut path));
                }
                path.push(ident.to_string());
                (colons, cursor) = (0, rest);
                continue;
            }
            if let Some((punct, rest)) = cursor.punct()
                && punct.as_char() == ':'
                && !path.is_empty()
            {
                (colons, cursor) = (colons + 1, rest);
                continue;
            }
            self.add(mem::take(&mut path));
            colons = 0;
            if let Some((inside, _, _, rest)) = cursor.any_group() {
                self.read_tokens(inside);
                cursor = rest;
            } else if let Some((_, rest)) = cursor.token_tree() {
                cursor = rest;
            }
        }
        self.add(path);
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        if is_for_tests(&item.attrs) {
            return;
        }
        self.module.push(item.ident.to_string());
        if item.content.is_some() {
            self.names();
            visit::visit_item_mod(self, item);
        } else {
            self.contents.declared.push(self.module.clone());
        }
        self.module.pop();
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        if !is_for_tests(&item.attrs) {
            self.read_use(Vec::new(), &item.tree);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.leading_colon.is_none() {
            let segments = path.segments.iter();
            self.add(segments.map(|one| one.ident.to_string()).collect());
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, item: &'ast Macro) {
        let tokens = TokenBuffer::new2(item.tokens.clone());
        self.read_tokens(tokens.begin());
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        if let Meta::List(list) = &attribute.meta {
            let tokens = TokenBuffer::new2(list.tokens.clone());
            self.read_tokens(tokens.begin());
        }
    }

    /// `pub(in path)` uses nothing.
    fn visit_visibility(&mut self, _: &'ast Visibility) {}

    fn visit_item_struct(&mut self, item: &'ast ItemStruct) {
        self.define(&item.ident, &item.attrs);
        visit::visit_item_struct(self, item);
    }

    fn visit_item_enum(&mut self, item: &'ast ItemEnum) {
        self.define(&item.ident, &item.attrs);
        visit::visit_item_enum(self, item);
    }

    fn visit_item_trait(&mut self, item: &'ast ItemTrait) {
        self.define(&item.ident, &item.attrs);
        visit::visit_item_trait(self, item);
    }

    fn visit_item_type(&mut self, item: &'ast ItemType) {
        self.define(&item.ident, &item.attrs);
        visit::visit_item_type(self, item);
    }

    fn visit_item_fn(&mut self, item: &'ast ItemFn) {
        if !is_for_tests(&item.attrs) {
            visit::visit_item_fn(self, item);
        }
    }

    fn visit_item_const(&mut self, item: &'ast ItemConst) {
        if !is_for_tests(&item.attrs) {
            visit::visit_item_const(self, item);
        }
    }

    fn visit_item_impl(&mut self, item: &'ast ItemImpl) {
        if !is_for_tests(&item.attrs) {
            visit::visit_item_impl(self, item);
        }
    }

    fn visit_impl_item_fn(&mut self, item: &'ast ImplItemFn) {
        if !is_for_tests(&item.attrs) {
            visit::visit_impl_item_fn(self, item);
        }
    }
}

/// `#[cfg(test)]` or `#[cfg(fuzzing)]`.
fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute
                .parse_args::<syn::Path>()
                .is_ok_and(|path| path.is_ident("test") || path.is_ident("fuzzing"))
    })
}
