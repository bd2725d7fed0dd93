use std::{
    fs::{self, File},
    io::Write as _,
    path::Path,
};

use tempfile::TempDir;

use super::{UNKNOWN_BYTES, default_buffered_bytes, memory_bytes};

fn machine(files: &[(&str, &str)]) -> TempDir {
    let root = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let mut file = File::create(path).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }
    root
}

const MEMINFO: (&str, &str) = (
    "proc/meminfo",
    "MemTotal:       16384 kB\nMemFree:           10 kB\n",
);
const MACHINE_BYTES: u64 = 16384 * 1024;

#[test]
fn without_limits_it_is_that_of_the_machine() {
    let root = machine(&[
        MEMINFO,
        ("proc/self/cgroup", "0::/a\n"),
        ("sys/fs/cgroup/a/memory.max", "max\n"),
    ]);
    assert_eq!(memory_bytes(root.path(), None), MACHINE_BYTES);
}

#[test]
fn the_own_group_and_those_above_it_limit_it() {
    for (limited, other) in [
        ("a/b/memory.max", "a/memory.max"),
        ("a/memory.max", "a/b/memory.max"),
    ] {
        let (limited, other) = (
            format!("sys/fs/cgroup/{limited}"),
            format!("sys/fs/cgroup/{other}"),
        );
        let root = machine(&[
            MEMINFO,
            ("proc/self/cgroup", "0::/a/b\n"),
            (&limited, "1048576\n"),
            (&other, "max\n"),
            ("sys/fs/cgroup/c/memory.max", "1\n"),
        ]);
        assert_eq!(memory_bytes(root.path(), None), 1_048_576, "{limited}");
    }
}

#[test]
fn in_a_container_the_top_group_is_the_own_one() {
    for (group, file) in [
        ("0::/\n", "sys/fs/cgroup/memory.max"),
        (
            "5:cpu:/docker/x\n4:memory,hugetlb:/docker/x\n",
            "sys/fs/cgroup/memory/memory.limit_in_bytes",
        ),
    ] {
        let root = machine(&[MEMINFO, ("proc/self/cgroup", group), (file, "2097152\n")]);
        assert_eq!(memory_bytes(root.path(), None), 2_097_152, "{group}");
    }
}

#[test]
fn a_group_of_version_1_without_a_limit_is_no_limit() {
    let root = machine(&[
        MEMINFO,
        ("proc/self/cgroup", "4:memory:/a\n"),
        (
            "sys/fs/cgroup/memory/a/memory.limit_in_bytes",
            "9223372036854771712\n",
        ),
    ]);
    assert_eq!(memory_bytes(root.path(), None), MACHINE_BYTES);
}

#[test]
fn the_address_space_limits_it() {
    let root = machine(&[MEMINFO]);
    assert_eq!(memory_bytes(root.path(), Some(4096)), 4096);
}

#[test]
fn what_cannot_be_read_is_no_limit() {
    let nowhere = Path::new("/no/such/folder");
    assert_eq!(memory_bytes(nowhere, None), UNKNOWN_BYTES);
}

#[test]
fn there_is_some_for_bodies() {
    assert!(default_buffered_bytes() > 1);
}
