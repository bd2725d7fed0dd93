//! What the rules find in crates that were made up.

use super::{Layers, against, in_circles, of_one_name, source::Crate};

const LAYERS: Layers = Layers {
    folder: &[],
    parts: &[("lib", &[]), ("top", &["bottom"]), ("bottom", &[])],
};

/// A crate of these files, with the modules `top` and `bottom`.
fn example(files: &[(&str, &str)]) -> Crate {
    let root = ("lib.rs", "mod top;\nmod bottom;\n");
    let empty = [("top.rs", ""), ("bottom.rs", "")];
    let files = [&[root], files, &empty].concat();
    Crate::of(&|name| {
        let mut files = files.iter();
        let (_, text) = files.find(|(file, _)| *file == name)?;
        Some((*text).to_owned())
    })
}

#[track_caller]
fn assert_against(files: &[(&str, &str)], expected: &[&str]) {
    assert_eq!(against(&example(files), &LAYERS), expected);
}

#[test]
fn an_import_in_the_direction_is_good() {
    assert_against(&[("top.rs", "use crate::bottom::{self, Thing};")], &[]);
    assert_against(&[("bottom.rs", "use std::{fmt, io::{self, Write}};")], &[]);
}

#[test]
fn an_import_against_the_direction_is_named_with_both_files() {
    let wrong = |path: &str| {
        format!(
            "host-demo/src/bottom.rs imports {path} of host-demo/src/top.rs: bottom may import [] alone"
        )
    };
    for (text, path) in [
        ("use crate::top::Thing;", "crate::top::Thing"),
        ("use super::top::Thing;", "super::top::Thing"),
        ("use crate::{top::{Thing as Other}};", "crate::top::Thing"),
        ("use crate::top::*;", "crate::top::*"),
        ("use crate::top; fn f() { top::call(); }", "top::call"),
        ("fn f() { crate::top::call(); }", "crate::top::call"),
        ("fn f() { print!(\"{}\", crate::top::N); }", "crate::top::N"),
        ("struct S(Vec<crate::top::Thing>);", "crate::top::Thing"),
        (
            "#[derive(crate::top::Derive)] struct S;",
            "crate::top::Derive",
        ),
        (
            "mod inner { use super::super::top::Thing; }",
            "super::super::top::Thing",
        ),
    ] {
        assert_against(&[("bottom.rs", text)], &[&wrong(path)]);
    }
}

#[test]
fn what_is_compiled_for_tests_alone_does_not_count() {
    for text in [
        "#[cfg(test)] mod tests;",
        "#[cfg(test)] use crate::top::Thing;",
        "#[cfg(test)] fn f() { crate::top::call(); }",
        "impl S { #[cfg(test)] fn f() { crate::top::call(); } }",
    ] {
        assert_against(&[("bottom.rs", text)], &[]);
    }
}

#[test]
fn a_file_of_no_layer_is_found() {
    let files = [("lib.rs", "mod other;"), ("other.rs", "")];
    let found = Crate::of(&|name| {
        let mut files = files.iter();
        let (_, text) = files.find(|(file, _)| *file == name)?;
        Some((*text).to_owned())
    });
    assert_eq!(
        against(&found, &LAYERS),
        ["host-demo/src/other.rs: no layer is called other"]
    );
}

#[test]
fn types_of_one_name_are_found() {
    let files = [
        (
            "top.rs",
            "struct Report; #[cfg(test)] struct Made; trait One {}",
        ),
        (
            "bottom.rs",
            "enum Report {} enum Made {} mod inner { type One = (); }",
        ),
    ];
    assert_eq!(
        of_one_name(&example(&files)),
        [
            "One is defined in bottom.rs and top.rs",
            "Report is defined in bottom.rs and top.rs",
        ]
    );
}

#[test]
fn files_that_import_each_other_are_a_circle() {
    let found = in_circles(&example(&[
        ("top.rs", "mod one;\nmod two;"),
        ("top/one.rs", "use super::two::Two;"),
        ("top/two.rs", "use crate::bottom::Thing;"),
        ("bottom.rs", "fn f() -> crate::top::one::One {}"),
    ]));
    assert_eq!(
        found,
        [
            "a circle of bottom.rs, top/one.rs, top/two.rs:",
            "  host-demo/src/bottom.rs imports crate::top::one::One of host-demo/src/top/one.rs",
            "  host-demo/src/top/one.rs imports super::two::Two of host-demo/src/top/two.rs",
            "  host-demo/src/top/two.rs imports crate::bottom::Thing of host-demo/src/bottom.rs",
        ]
    );
}

#[test]
fn a_parent_and_its_child_that_import_each_other_are_a_circle() {
    let files = [
        ("top.rs", "mod one;\nuse self::one::One;\nstruct Top;"),
        ("top/one.rs", "use super::Top;"),
    ];
    assert_eq!(in_circles(&example(&files)).len(), 3);
}

#[test]
fn a_name_that_is_re_exported_comes_from_where_it_is_defined() {
    let facade = "mod one;\nmod two;\npub use self::{one::One, two::Two};";
    let files = [
        ("top.rs", facade),
        ("top/one.rs", "use super::Two;"),
        ("top/two.rs", ""),
    ];
    assert_eq!(in_circles(&example(&files)), [""; 0]);

    let files = [
        ("top.rs", facade),
        ("top/one.rs", "use super::Two;"),
        ("top/two.rs", "use crate::top::One;"),
    ];
    assert_eq!(
        in_circles(&example(&files)),
        [
            "a circle of top/one.rs, top/two.rs:",
            "  host-demo/src/top/one.rs imports super::Two of host-demo/src/top/two.rs",
            "  host-demo/src/top/two.rs imports crate::top::One of host-demo/src/top/one.rs",
        ]
    );
}
