//! Parentheses: what stands among the parts of an AND or OR keeps its own meaning there.

use super::expression::Expression;

fn word(word: &'static str) -> Expression {
    Expression::Word(word)
}

#[test]
fn what_joins_nothing_hides_no_parentheses() {
    let either = || Expression::Or(vec![word("a"), word("b")]);
    let wrapped = Expression::And(vec![Expression::And(vec![either()])]);
    let all = Expression::And(vec![wrapped.clone(), word("c")]);
    let any = Expression::Or(vec![Expression::Or(vec![Expression::And(vec![word("a"), word("b")])]), word("c")]);
    let long = Expression::And(vec![wrapped, Expression::Text("c".repeat(200))]);
    assert_eq!(all.text(), "(a OR b) AND c");
    assert_eq!(any.text(), "a AND b OR c");
    assert!(long.pretty(0).starts_with("(a OR b)\nAND 'ccc"), "{}", long.pretty(0));
    assert_eq!(Expression::Not(Box::new(Expression::And(vec![either()]))).text(), "NOT (a OR b)");
}
