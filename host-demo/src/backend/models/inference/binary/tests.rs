use proptest::prelude::*;

use super::*;

fn read_one(bytes: &[u8], datatype: Datatype) -> Result<Elements, String> {
    read(bytes, datatype, &[1], 1).map_err(|problem| problem.to_string())
}

#[test]
fn elements_are_little_endian() {
    let read = |bytes: &[u8], datatype| read_one(bytes, datatype).unwrap();
    let float = Elements::Float(vec![1.5]);
    assert_eq!(read(&1.5_f32.to_le_bytes(), Datatype::Fp32), float);
    assert_eq!(read(&1.5_f64.to_le_bytes(), Datatype::Fp64), float);
    let signed = Elements::Signed(vec![-2]);
    assert_eq!(read(&(-2_i32).to_le_bytes(), Datatype::Int32), signed);
    assert_eq!(read(&(-2_i64).to_le_bytes(), Datatype::Int64), signed);
    assert_eq!(read(&[200], Datatype::Uint8), Elements::Unsigned(vec![200]));
    assert_eq!(read(&[1], Datatype::Bool), Elements::Signed(vec![1]));
}

#[test]
fn an_element_out_of_range_is_told_with_its_index() {
    let integer = "the element at index 0 is not an integer from -2147483648 to 2147483647 (models \
                   compute with 32 bits)";
    assert_eq!(
        read_one(&(1_i64 << 31).to_le_bytes(), Datatype::Int64).unwrap_err(),
        integer
    );
    let float = "the element at index 0 is not a number within the range of a 32-bit float";
    assert_eq!(
        read_one(&1e39_f64.to_le_bytes(), Datatype::Fp64).unwrap_err(),
        float
    );
    let boolean = "the element at index 0 is not true or false";
    assert_eq!(read_one(&[2], Datatype::Bool).unwrap_err(), boolean);
}

#[test]
fn another_number_of_bytes_is_told_with_the_right_one() {
    assert_eq!(
        read_one(&[0; 7], Datatype::Fp64).unwrap_err(),
        "it has 7 bytes of binary data, but the shape [1] has 8"
    );
    let huge = read(&[0; 8], Datatype::Fp64, &[usize::MAX], usize::MAX);
    assert!(matches!(
        huge,
        Err(InputProblem::BinarySize { given: 8, .. })
    ));
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
        bytes in prop::collection::vec(any::<u8>(), 0..40),
        datatype in any_datatype(),
        count in 0_usize..12,
    ) {
        if let Ok(elements) = read(&bytes, datatype, &[count], count) {
            prop_assert_eq!(elements.len(), count);
        }
    }

    #[test]
    fn what_is_written_is_read_back(elements in prop::collection::vec(any::<i32>(), 0..8)) {
        let count = elements.len();
        let value = Value::from_shape([count], elements.clone()).unwrap();
        for datatype in [Datatype::Int32, Datatype::Int64] {
            let mut bytes = Vec::new();
            write(&value, datatype, &mut bytes);
            let read = read(&bytes, datatype, &[count], count).unwrap();
            prop_assert_eq!(read, Elements::Signed(elements.clone()));
        }
    }
}
