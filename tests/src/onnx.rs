//! ONNX files, written field by field of `onnx.proto3`.

/// The graph of a model: one input `x` and one output, both FP32.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct OnnxGraph {
    bytes: Vec<u8>,
}

impl OnnxGraph {
    /// Adds an operator.
    pub fn operator(
        self,
        name: &str,
        inputs: &[&str],
        outputs: &[&str],
        attributes: &[Vec<u8>],
    ) -> Self {
        let mut node = Vec::new();
        for input in inputs {
            node.extend(bytes(1, input.as_bytes()));
        }
        for output in outputs {
            node.extend(bytes(2, output.as_bytes()));
        }
        node.extend(bytes(4, name.as_bytes()));
        for attribute in attributes {
            node.extend(bytes(5, attribute));
        }
        self.with(1, &node)
    }

    /// Adds operators that each need the one before, from `x` to `y`.
    pub fn chain(mut self, operator: &str, length: usize) -> Self {
        for index in 0..length {
            let input = match index {
                0 => "x".to_owned(),
                index => format!("v{}", index - 1),
            };
            let output = if index + 1 == length {
                "y".to_owned()
            } else {
                format!("v{index}")
            };
            self = self.operator(operator, &[&input], &[&output], &[]);
        }
        self
    }

    /// Adds a constant of INT64, of the shape `[values.len()]`.
    pub fn integers(self, name: &str, values: &[i64]) -> Self {
        let length = u64::try_from(values.len()).unwrap_or_default();
        self.with(5, &tensor(name, 7, &[length], &little_endian(values)))
    }

    /// Adds a constant of one INT64 without dimensions.
    pub fn integer(self, name: &str, value: i64) -> Self {
        self.with(5, &tensor(name, 7, &[], &value.to_le_bytes()))
    }

    /// Adds a constant of BOOL without dimensions.
    pub fn boolean(self, name: &str, value: bool) -> Self {
        self.with(5, &tensor(name, 9, &[], &[u8::from(value)]))
    }

    /// Adds a constant of FP32 that declares a shape and has these bytes.
    pub fn floats(self, name: &str, shape: &[u64], data: &[u8]) -> Self {
        self.with(5, &tensor(name, 1, shape, data))
    }

    /// Adds an input of a type: 1 is FLOAT, 7 INT64, 9 BOOL; a length of -1 is any.
    pub fn input(self, name: &str, element_type: u64, shape: &[i64]) -> Self {
        self.with(11, &value(name, element_type, shape))
    }

    /// Adds an output.
    pub fn output(self, name: &str, element_type: u64, shape: &[i64]) -> Self {
        self.with(12, &value(name, element_type, shape))
    }

    /// An attribute of an operator that is this graph.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Vec<u8> {
        let mut attribute = bytes(1, name.as_bytes());
        attribute.extend(bytes(6, &self.bytes));
        attribute.extend(number(20, 5));
        attribute
    }

    /// The file.
    #[must_use]
    pub fn file(&self) -> Vec<u8> {
        let mut file = number(1, 8);
        file.extend(bytes(7, &self.bytes));
        file.extend(bytes(8, &number(2, 17)));
        file
    }

    fn with(mut self, field: u64, message: &[u8]) -> Self {
        self.bytes.extend(bytes(field, message));
        self
    }
}

fn tensor(name: &str, data_type: u64, shape: &[u64], data: &[u8]) -> Vec<u8> {
    let mut tensor = Vec::new();
    for length in shape {
        tensor.extend(number(1, *length));
    }
    tensor.extend(number(2, data_type));
    tensor.extend(bytes(8, name.as_bytes()));
    tensor.extend(bytes(9, data));
    tensor
}

fn value(name: &str, element_type: u64, shape: &[i64]) -> Vec<u8> {
    let mut dimensions = Vec::new();
    for length in shape {
        let dimension =
            u64::try_from(*length).map_or_else(|_| Vec::new(), |length| number(1, length));
        dimensions.extend(bytes(1, &dimension));
    }
    let mut tensor_type = number(1, element_type);
    tensor_type.extend(bytes(2, &dimensions));
    let mut value = bytes(1, name.as_bytes());
    value.extend(bytes(2, &bytes(1, &tensor_type)));
    value
}

fn little_endian(values: &[i64]) -> Vec<u8> {
    values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect()
}

fn number(field: u64, value: u64) -> Vec<u8> {
    let mut encoded = base_128(field << 3);
    encoded.extend(base_128(value));
    encoded
}

fn bytes(field: u64, value: &[u8]) -> Vec<u8> {
    let mut encoded = base_128(field << 3 | 2);
    encoded.extend(base_128(u64::try_from(value.len()).unwrap_or_default()));
    encoded.extend(value);
    encoded
}

fn base_128(mut value: u64) -> Vec<u8> {
    let mut encoded = Vec::new();
    loop {
        let byte = u8::try_from(value & 0x7f).unwrap_or_default();
        value >>= 7;
        if value == 0 {
            encoded.push(byte);
            return encoded;
        }
        encoded.push(byte | 0x80);
    }
}
