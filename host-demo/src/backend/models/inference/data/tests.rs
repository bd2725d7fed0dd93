use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn read_json(data: &str, datatype: Datatype, shape: &[usize]) -> Result<Elements, InputProblem> {
    let data: &RawValue = serde_json::from_str(data).unwrap();
    read(data, datatype, shape, shape.iter().product())
}

fn floats(data: &str, shape: &[usize]) -> Result<Elements, String> {
    read_json(data, Datatype::Fp32, shape).map_err(|problem| problem.to_string())
}

#[test]
fn elements_are_flat_or_nested_as_the_shape() {
    let six = Elements::Float(vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    assert_eq!(floats("[1,2,3,4,5,6]", &[2, 3]).unwrap(), six);
    assert_eq!(floats("[[1,2,3],[4,5,6]]", &[2, 3]).unwrap(), six);
    assert_eq!(
        floats("[[[1],[2],[3]],[[4],[5],[6]]]", &[2, 3, 1]).unwrap(),
        six
    );
    assert_eq!(floats("[2]", &[]).unwrap(), Elements::Float(vec![2.0]));
    for (data, shape) in [("[]", &[0][..]), ("[]", &[2, 0]), ("[[],[]]", &[2, 0])] {
        assert_eq!(
            floats(data, shape).unwrap(),
            Elements::Float(vec![]),
            "{data}"
        );
    }
    for data in [
        "[[1,2],[3,4],[5,6]]",
        "[[1,2,3],[4,5,6],[]]",
        "[[1,2,3],4,5,6]",
        "[1,2,3,[4,5,6]]",
        "[[[1,2,3],[4,5,6]]]",
        "{}",
        "7",
        "null",
        "\"1\"",
        "[{}]",
    ] {
        assert_eq!(
            floats(data, &[2, 3]).unwrap_err(),
            "data is not an array of elements, flat or nested as the shape [2, 3]",
            "{data}"
        );
    }
}

#[test]
fn a_wrong_number_of_elements_is_told_with_the_right_one() {
    for (data, given) in [
        ("[1,2,3]", "3"),
        ("[1,2,3,4,5,6]", "more than 4"),
        ("[]", "0"),
    ] {
        let expected = format!("data has {given} elements, but the shape [2, 2] has 4");
        assert_eq!(floats(data, &[2, 2]).unwrap_err(), expected);
    }
}

#[test]
fn an_element_of_another_type_or_out_of_range_is_told_with_its_index() {
    let integer = "an integer from -2147483648 to 2147483647 (models compute with 32 bits)";
    let float = "a number within the range of a 32-bit float";
    for (datatype, data, expected) in [
        (Datatype::Int64, "[0, 2147483648]", integer),
        (Datatype::Int32, "[0, -2147483649]", integer),
        (Datatype::Int32, "[0, 1.5]", integer),
        (Datatype::Int32, "[0, true]", integer),
        (Datatype::Uint8, "[0, 256]", "an integer from 0 to 255"),
        (Datatype::Uint8, "[0, -1]", "an integer from 0 to 255"),
        (Datatype::Bool, "[true, 1]", "true or false"),
        (Datatype::Fp32, "[0, 1e39]", float),
        (Datatype::Fp32, "[0, 1e999]", float),
        (Datatype::Fp64, "[0, \"1\"]", float),
        (Datatype::Fp32, "[0, null]", float),
        (Datatype::Fp32, "[0, false]", float),
    ] {
        let problem = read_json(data, datatype, &[2]).unwrap_err().to_string();
        assert_eq!(
            problem,
            format!("the element at index 1 is not {expected}"),
            "{data}"
        );
    }
}

#[test]
fn a_large_shape_with_few_elements_is_told() {
    let shape = [1 << 20, 1 << 10];
    let problem = floats("[1]", &shape).unwrap_err();
    assert!(problem.starts_with("data has 1 elements"), "{problem}");
}

fn any_data() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        any::<bool>().prop_map(Value::from),
        Just(Value::Null),
        ".{0,3}".prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 64, 8, |inner| {
        prop::collection::vec(inner, 0..8).prop_map(Value::from)
    })
}

fn any_datatype() -> impl Strategy<Value = Datatype> {
    prop::sample::select(vec![
        Datatype::Bool,
        Datatype::Uint8,
        Datatype::Int32,
        Datatype::Int64,
        Datatype::Fp32,
        Datatype::Fp64,
    ])
}

proptest! {
    #[test]
    fn what_is_read_has_as_many_elements_as_the_shape(
        data in any_data(),
        datatype in any_datatype(),
        shape in prop::collection::vec(0_usize..4, 0..4),
    ) {
        let expected: usize = shape.iter().product();
        if let Ok(elements) = read_json(&data.to_string(), datatype, &shape) {
            prop_assert_eq!(elements.len(), expected);
        }
    }

    #[test]
    fn flat_and_nested_elements_are_the_same(
        rows in prop::collection::vec(prop::collection::vec(any::<i32>(), 3), 1..5),
    ) {
        let shape = [rows.len(), 3];
        let flat = rows.concat();
        let nested = read_json(&json!(rows).to_string(), Datatype::Int32, &shape);
        prop_assert_eq!(nested.unwrap(), Elements::Signed(flat.clone()));
        let read = read_json(&json!(flat).to_string(), Datatype::Int32, &shape);
        prop_assert_eq!(read.unwrap(), Elements::Signed(flat));
    }
}
