//! The longest chain of operators in a graph, each of which needs what the one before it makes.

use std::collections::HashMap;

/// The names of the values that an operator uses and makes.
#[derive(Debug, Default)]
pub(super) struct Operator<'a> {
    pub(super) inputs: Vec<&'a [u8]>,
    pub(super) outputs: Vec<&'a [u8]>,
}

/// The number of operators in the longest chain. Those in a circle, and those that need one of
/// them, count as if they were a chain: that is as far as a recursion along them can come.
pub(super) fn longest_chain(operators: &[Operator<'_>]) -> usize {
    let mut makers: HashMap<&[u8], usize> = HashMap::new();
    for (index, operator) in operators.iter().enumerate() {
        let outputs = operator.outputs.iter().filter(|name| !name.is_empty());
        makers.extend(outputs.map(|name| (*name, index)));
    }
    // For each operator: how many inputs are not there yet, who uses its outputs, and its chain.
    let mut missing = vec![0_usize; operators.len()];
    let mut users = vec![Vec::new(); operators.len()];
    for (index, operator) in operators.iter().enumerate() {
        for maker in operator.inputs.iter().filter_map(|name| makers.get(name)) {
            if let (Some(missing), Some(users)) = (missing.get_mut(index), users.get_mut(*maker)) {
                *missing += 1;
                users.push(index);
            }
        }
    }
    let is_ready = |(index, missing): (usize, &usize)| (*missing == 0).then_some((index, 1_usize));
    let mut ready: Vec<_> = missing.iter().enumerate().filter_map(is_ready).collect();
    let mut chains = vec![1_usize; operators.len()];
    let (mut longest, mut left) = (0, operators.len());
    while let Some((index, chain)) = ready.pop() {
        longest = longest.max(chain);
        left -= 1;
        for &user in users.get(index).into_iter().flatten() {
            if let (Some(of_user), Some(missing)) = (chains.get_mut(user), missing.get_mut(user)) {
                *of_user = chain.saturating_add(1).max(*of_user);
                *missing -= 1;
                if *missing == 0 {
                    ready.push((user, *of_user));
                }
            }
        }
    }
    longest + left
}

#[cfg(test)]
mod tests;
