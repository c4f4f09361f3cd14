//! Packages that are fetched and run at once: the known tools of a trade, and those that nobody chose a version of.

use super::Collect;
use crate::judge::effect::Deed;
use crate::judge::ground::Ground;
use crate::shell::{Invocation, LayerKind, Word};

/// Tools that projects start this way every day, by the name of their package.
const KNOWN: &[&str] = &[
    "act", "ajv-cli", "apollo", "ava", "babel", "babel-node", "browser-sync", "browserslist", "bumpp", "c8", "cap",
    "changeset", "chromatic", "commitlint", "concurrently", "cowsay", "cpx", "create-docusaurus", "create-electron-app",
    "create-expo-app", "create-next-app", "create-react-app", "create-remix", "create-svelte", "create-t3-app",
    "create-tauri-app", "create-turbo", "create-vite", "create-vue", "create-astro", "create-nuxt-app", "cross-env",
    "cypress", "degit", "del-cli", "depcheck", "detox", "docusaurus", "dotenv", "dotenv-cli", "dpdm", "drizzle-kit",
    "eas", "eas-cli", "electron-builder", "esbuild", "eslint", "expo", "expo-cli", "express-generator", "firebase",
    "firebase-tools", "foundry", "gatsby", "gh-pages", "graphql-codegen", "gulp", "hardhat", "http-server", "husky",
    "ionic", "jest", "jscodeshift", "json-server", "json2ts", "kill-port", "knex", "knip", "lerna", "lhci",
    "license-checker", "lighthouse", "lint-staged", "live-server", "localtunnel", "madge", "markdownlint",
    "markdownlint-cli", "markdownlint-cli2", "mikro-orm", "mocha", "msw", "n", "ncu", "nest", "netlify", "netlify-cli",
    "newman", "next", "ng", "nodemon", "np", "npm", "npm-check-updates", "npm-run-all", "nps", "nuxi", "nuxt", "nx", "nyc",
    "openapi-generator-cli", "openapi-typescript", "oxlint", "parcel", "patch-package", "plop", "pm2", "pnpm",
    "playwright", "postcss", "prettier", "prisma", "publint", "quicktype", "react-devtools", "react-native",
    "react-scripts", "release-it", "remix", "repomix", "rimraf", "rollup", "sass", "semantic-release", "sequelize",
    "sequelize-cli", "serve", "serverless", "shadcn", "shadcn-ui", "size-limit", "snyk", "sort-package-json", "source-map-explorer",
    "storybook", "stylelint", "sst", "supabase", "svelte-check", "svelte-kit", "svgo", "swagger-cli", "swc", "syncpack",
    "tailwindcss", "tauri", "taze", "ts-node", "ts-node-dev", "ts-prune", "tsc", "tsc-alias", "tsd", "tsup", "tsx", "turbo", "typedoc",
    "typeorm", "typesync", "unbuild", "vercel", "vite", "vite-bundle-visualizer", "vitepress", "vitest", "vsce", "vue-cli-service",
    "vue-tsc", "wait-on", "web-ext", "webpack", "webpack-bundle-analyzer", "webpack-cli", "wrangler", "xo", "yarn",
    "yo", "zx", "degit", "giget", "nypm", "defu", "are-you-es5", "bundlewatch", "autocannon", "clinic", "0x", "mermaid",
    "cspell", "alex", "write-good", "textlint", "remark", "esno", "jiti", "biome", "dprint", "rome", "bun", "deno",
    "ruff", "black", "isort", "mypy", "pytest", "flake8", "pylint", "pyright", "basedpyright", "bandit", "tox", "nox",
    "poetry", "hatch", "pdm", "pre-commit", "cookiecutter", "copier", "twine", "build", "pip-audit", "safety", "vulture",
    "codespell", "mkdocs", "sphinx", "sphinx-build", "sphinx-quickstart", "jupyter", "jupyterlab", "notebook", "ipython",
    "httpie", "yt-dlp", "ansible", "ansible-lint", "sqlfluff", "yamllint", "djlint", "django-admin", "streamlit", "uv",
    "pyupgrade", "autoflake", "pydocstyle", "interrogate", "cibuildwheel", "maturin", "pipdeptree", "pip-tools", "ty",
    "markitdown", "marimo", "datasette", "sqlite-utils", "llm", "aider-chat", "aider", "semgrep", "checkov", "cfn-lint", "awscli",
    "check-jsonschema", "zizmor", "detect-secrets", "pipx", "virtualenv", "pyinstaller", "csvkit", "visidata", "rich-cli",
];

/// Publishers of known tools.
const SCOPES: &[&str] = &[
    "@angular", "@antfu", "@anthropic-ai", "@apidevtools", "@apollo", "@arethetypeswrong", "@astrojs", "@aws-amplify", "@aws-cdk",
    "@axe-core", "@azure", "@babel", "@biomejs", "@bitnami", "@builder.io", "@capacitor", "@changesets", "@clerk",
    "@cloudflare", "@commitlint", "@cyclonedx", "@dotenvx", "@eslint", "@expo", "@fontsource", "@github", "@google", "@graphql-codegen",
    "@hey-api", "@ionic", "@lhci", "@mermaid-js", "@microsoft", "@modelcontextprotocol", "@napi-rs", "@nestjs", "@next", "@nuxt",
    "@openai", "@openapitools", "@playwright", "@prisma", "@quasar", "@react-email", "@react-native-community", "@redocly",
    "@remix-run", "@rsbuild", "@sentry", "@shopify", "@stoplight", "@storybook", "@stryker-mutator", "@sveltejs", "@svgr",
    "@swc", "@tailwindcss", "@tanstack", "@tauri-apps", "@trpc", "@types", "@typescript-eslint", "@vercel", "@vitejs", "@vscode",
    "@vue", "@vueuse", "@wdio", "@web", "@yarnpkg",
];

/// Places of known tools that Go runs.
const GO_PLACES: &[&str] = &[
    "golang.org/x/", "github.com/golangci/", "github.com/golang/", "github.com/a-h/templ", "github.com/swaggo/",
    "github.com/pressly/goose", "github.com/sqlc-dev/", "github.com/bufbuild/", "github.com/deepmap/", "github.com/oapi-codegen/",
    "github.com/vektra/", "go.uber.org/", "gotest.tools/", "google.golang.org/", "github.com/google/", "honnef.co/", "mvdan.cc/",
    "github.com/cosmtrek/air", "github.com/air-verse/air", "github.com/99designs/gqlgen", "github.com/goreleaser/",
    "github.com/golang-migrate/", "entgo.io/", "github.com/onsi/", "github.com/securego/", "sigs.k8s.io/", "k8s.io/", "github.com/magefile/",
];

/// Collects packages that come in their newest version and run at once.
pub(super) fn collect(collect: &mut Collect) {
    // A runner stands around the program that it fetches.
    let own = collect.invocation();
    let runner = own.layers.iter().rev().find(|layer| layer.kind == LayerKind::Runner);
    let invocation = match runner {
        Some(layer) => Invocation { words: layer.words.clone(), span: own.span, ..Invocation::default() },
        None => own.clone(),
    };
    let args: Vec<Word> = invocation.args().to_vec();
    let has = |names: &[&str]| invocation.has_any(names);
    let operand = |from: usize| args.iter().skip(from).find(|word| !word.is_flag()).cloned();
    let first = args.first().map_or("", |word| word.text.as_str());
    let package = match invocation.program() {
        // Without a word of consent `npx` runs what is installed, or asks first.
        "npx" => {
            let is_newest = |word: &Word| word.text.ends_with("@latest") || word.text.ends_with("@next");
            let is_consented = has(&["-y", "--yes"]);
            let named = invocation.option(&["-p", "--package"]).or_else(|| operand(0));
            named.filter(|word| (is_consented || is_newest(word)) && !has(&["--no-install", "--no"]))
        }
        "bunx" | "pnpx" => operand(0),
        "pnpm" | "yarn" if first == "dlx" => invocation.option(&["--package", "-p"]).or_else(|| operand(1)),
        "bun" if first == "x" => operand(1),
        "uvx" => invocation.option(&["--from"]).or_else(|| operand(0)),
        "uv" if first == "tool" && args.get(1).is_some_and(|word| word.text == "run") => {
            invocation.option(&["--from"]).or_else(|| operand(2))
        }
        "pipx" if first == "run" => invocation.option(&["--spec"]).or_else(|| operand(1)),
        "go" if first == "run" => operand(1).filter(|word| word.text.contains('@')),
        _ => None,
    };
    let Some(package) = package.filter(Word::is_literal) else { return };
    if !is_chosen(&package.text) {
        collect.deed(Deed::RunPackage, &package.text, Ground::Unknown, package.span);
    }
}

/// Whether somebody chose this: a version of it, a known tool, or a file of the project.
fn is_chosen(text: &str) -> bool {
    if text.starts_with(['.', '/']) || text.contains("://") {
        return true;
    }
    if let Some(place) = GO_PLACES.iter().find(|place| text.starts_with(**place)) {
        return !place.is_empty();
    }
    let at = text.get(1..).and_then(|rest| rest.find(['@', '=', '<', '>', '~'])).map(|at| at + 1);
    let (name, version) = text.split_at(at.unwrap_or(text.len()));
    let version = version.trim_start_matches(['@', '=', '<', '>', '~', '^']);
    if version.starts_with(|c: char| c.is_ascii_digit()) || version.starts_with('v') && version.len() > 1 {
        return true;
    }
    let scope = name.split('/').next().unwrap_or_default();
    let name = name.split('[').next().unwrap_or_default();
    (name.starts_with('@') && SCOPES.contains(&scope)) || KNOWN.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_a_known_tool_and_a_file_are_chosen() {
        for text in ["ruff", "ruff@0.4", "x@1.2.3", "@angular/cli@latest", "./tool", "x==1.0", "golang.org/x/tools/cmd/y@latest", "github.com/x/y@v1.2.0"] {
            assert!(is_chosen(text), "{text}");
        }
        for text in ["some-tool", "some-tool@latest", "@who/knows", "github.com/x/y@latest", "x@next"] {
            assert!(!is_chosen(text), "{text}");
        }
    }
}
