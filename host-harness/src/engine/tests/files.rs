//! What is taken of a component's file.

use super::*;

fn with(change: impl FnOnce(&mut EngineOptions)) -> Engine {
    let mut options = EngineOptions {
        max_instances: 1,
        ..EngineOptions::default()
    };
    change(&mut options);
    Engine::new(&options).unwrap()
}

fn refusal(engine: &Engine, component: &[u8]) -> LoadError {
    engine.load(component).map(|_| ()).unwrap_err()
}

#[test]
fn file_that_is_too_large_is_refused_before_it_is_looked_at() {
    let component = component(CONNECTOR, &core(""));
    let exact = with(|options| options.component_bytes = component.len());
    exact.load(&component).unwrap();
    let narrow = with(|options| options.component_bytes = component.len() - 1);
    let error = refusal(&narrow, &component);
    assert!(matches!(error, LoadError::TooLarge { what: "a file", .. }), "{error}");
    assert!(
        error.to_string().contains(&format!("takes {}", component.len() - 1)),
        "{error}"
    );
}

#[test]
fn function_that_is_too_large_is_refused_before_it_is_compiled() {
    let long = component(CONNECTOR, &core(&"(drop (i32.const 1))".repeat(20_000)));
    let narrow = with(|options| options.function_bytes = 50_000);
    let error = refusal(&narrow, &long);
    assert!(
        matches!(error, LoadError::TooLarge { what: "a function", .. }),
        "{error}"
    );
    with(|_| {}).load(&long).unwrap();
}

#[test]
fn function_of_too_many_local_variables_is_refused_before_it_is_compiled() {
    let locals = format!("(local {})", "i64 ".repeat(2_000));
    let many = core("").replacen(
        "(result i32)\n                i32.const 1024",
        &format!("(result i32) {locals}\n i32.const 1024"),
        1,
    );
    let many = component(CONNECTOR, &many);
    let narrow = with(|options| options.function_locals = 1_999);
    let error = refusal(&narrow, &many);
    assert!(error.to_string().contains("2000 local variables"), "{error}");
    with(|_| {}).load(&many).unwrap();
}

#[test]
fn compiling_that_takes_too_long_or_too_much_memory_is_given_up() {
    let hasty = with(|options| options.compile_time = Duration::ZERO);
    let error = refusal(&hasty, component_of_this_version());
    assert_eq!(
        error,
        LoadError::CompileBound {
            limit: "0 s".to_owned()
        }
    );
    if cfg!(target_os = "linux") {
        let poor = with(|options| options.compile_memory_bytes = 0);
        let error = refusal(&poor, component_of_this_version());
        assert_eq!(
            error,
            LoadError::CompileBound {
                limit: "0 MiB of memory".to_owned()
            }
        );
    }
}

#[test]
fn component_that_needs_more_than_an_instance_has_is_refused() {
    let engine = with(|options| options.memory_bytes = 1024 * 1024);
    let refused = |module: &str, count: usize| {
        let instances = "(core instance (instantiate $m))".repeat(count);
        let component = format!("(component (core module $m {module}) {instances})");
        refusal(&engine, &wat::parse_str(component).unwrap())
    };
    for (what, module, most) in [
        ("memories", "(memory 0)", 2),
        ("instances", "", 8),
        ("memory", "(memory 17)", 0),
        ("table", "(table 30001 funcref)", 0),
        ("tables", "(table 0 funcref) (table 0 funcref)", 0),
    ] {
        let error = refused(module, most + 1);
        assert!(
            matches!(&error, LoadError::NotAComponent(why) if why.contains("exceeds")),
            "{what}: {error}"
        );
        // What is within it is refused because it is no connector.
        if most > 0 {
            let error = refused(module, most);
            assert!(matches!(error, LoadError::MissingExport { .. }), "{what}: {error}");
        }
    }
    for module in ["(memory 16)", "(table 30000 funcref)"] {
        let error = refused(module, 1);
        assert!(matches!(error, LoadError::MissingExport { .. }), "{module}: {error}");
    }
}

#[cfg(unix)]
#[test]
fn cache_that_others_can_write_to_is_not_used() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().unwrap();
    let cache = directory.path().join("compiled");
    std::fs::create_dir(&cache).unwrap();
    std::fs::set_permissions(&cache, std::fs::Permissions::from_mode(0o770)).unwrap();
    let options = EngineOptions {
        cache_directory: Some(cache.clone()),
        max_instances: 1,
        ..EngineOptions::default()
    };
    let error = Engine::new(&options).map(|_| ()).unwrap_err().to_string();
    assert!(error.contains("compiled`"), "{error}");
    assert!(error.contains("remove it, and it is made anew"), "{error}");
    assert_eq!(std::fs::metadata(&cache).unwrap().permissions().mode() & 0o777, 0o770);
}
