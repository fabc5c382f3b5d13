//! Holds a JSON document against the schema in `docs/`. Knows the keywords that the schema uses and
//! refuses all others, so that none is silently ignored.

use serde_json::Value;

/// Everything in which `document` differs from the schema `wireproof-result/1`.
pub fn complaints(document: &Value) -> Vec<String> {
    let path = format!("{}/../docs/wireproof-result-1.schema.json", env!("CARGO_MANIFEST_DIR"));
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(path).expect("schema")).expect("JSON");
    let mut found = Vec::new();
    check(&schema, &schema, document, "$", &mut found);
    found
}

fn check(root: &Value, schema: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
    for (keyword, rule) in schema.as_object().expect("a schema is an object") {
        match keyword.as_str() {
            "$schema" | "$defs" | "title" | "description" => {}
            "$ref" => {
                let name = rule.as_str().and_then(|path| path.strip_prefix("#/$defs/")).expect("a local reference");
                check(root, &root["$defs"][name], value, at, found);
            }
            "type" => {
                let names = rule.as_array().cloned().unwrap_or_else(|| vec![rule.clone()]);
                if !names.iter().any(|name| is_a(name.as_str().unwrap_or_default(), value)) {
                    found.push(format!("{at}: {value} is not {rule}"));
                }
            }
            "const" if rule != value => found.push(format!("{at}: {value} is not {rule}")),
            "const" => {}
            "enum" => {
                if !rule.as_array().expect("a list").contains(value) {
                    found.push(format!("{at}: {value} is not one of {rule}"));
                }
            }
            "minimum" => {
                if value.as_f64() < rule.as_f64() && value.is_number() {
                    found.push(format!("{at}: {value} is less than {rule}"));
                }
            }
            "anyOf" => {
                let fits = |option: &Value| {
                    let mut found = Vec::new();
                    check(root, option, value, at, &mut found);
                    found.is_empty()
                };
                if !rule.as_array().expect("a list").iter().any(fits) {
                    found.push(format!("{at}: {value} fits no option"));
                }
            }
            "required" => {
                for name in rule.as_array().expect("a list").iter().filter_map(Value::as_str) {
                    if value.get(name).is_none() {
                        found.push(format!("{at}: `{name}` is missing"));
                    }
                }
            }
            "properties" | "additionalProperties" => {
                for (name, member) in value.as_object().into_iter().flatten() {
                    let own = schema.get("properties").and_then(|properties| properties.get(name));
                    let rule = if keyword == "properties" { own } else { Some(rule).filter(|_| own.is_none()) };
                    if let Some(rule) = rule {
                        check(root, rule, member, &format!("{at}.{name}"), found);
                    }
                }
            }
            "items" => {
                for (number, item) in value.as_array().into_iter().flatten().enumerate() {
                    check(root, rule, item, &format!("{at}[{number}]"), found);
                }
            }
            other => panic!("the keyword `{other}` is not known here"),
        }
    }
}

fn is_a(name: &str, value: &Value) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("the type `{other}` is not known here"),
    }
}
