//! The policy of the article this project started from: reported, shown to allow all sources on 8080, and fixed.

use meshveil_answers::checks::{self, Context};
use meshveil_reach::network::{Matrix, Network, NetworkOptions};
use meshveil_reach::{Finding, Manifests, Options, Reach};

const ARTICLE: &str = "\
apiVersion: v1
kind: Pod
metadata: { name: backend, labels: { app: backend } }
spec: { containers: [{ name: c, ports: [{ containerPort: 8080 }] }] }
---
apiVersion: v1
kind: Pod
metadata: { name: frontend, labels: { app: frontend } }
spec: { containers: [{ name: c }] }
---
apiVersion: v1
kind: Pod
metadata: { name: stranger, namespace: staging }
spec: { containers: [{ name: c }] }
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: restrict-backend-access
  namespace: default
spec:
  podSelector:
    matchLabels:
      app: backend
  ingress:
    - from:
        - podSelector:
            matchLabels:
              app: frontend
    - ports:
        - protocol: TCP
          port: 8080
";

fn to_backend(text: &str) -> (Vec<String>, Vec<Finding>) {
    let manifests = Manifests::from_text("article.yaml", text);
    assert!(manifests.is_sound(), "{:?}", manifests.findings);
    let network = Network::new(&manifests, &NetworkOptions::default());
    let connections = Matrix::new(&network).connections(&network);
    let lines = connections.iter().map(ToString::to_string).filter(|line| line.contains("=> default/backend[Pod]"));
    let reach = Reach::new(&manifests, &Options::default());
    (lines.collect(), checks::run(&Context::inferred(&reach)))
}

#[test]
fn restrict_backend_access_lets_everyone_in_and_is_fixed() {
    let (lines, findings) = to_backend(ARTICLE);
    assert_eq!(
        lines,
        [
            "0.0.0.0/0[External] => default/backend[Pod] : TCP 8080",
            "::/0[External] => default/backend[Pod] : TCP 8080",
            "default/frontend[Pod] => default/backend[Pod] : All Connections",
            "staging/stranger[Pod] => default/backend[Pod] : TCP 8080",
        ]
    );
    let found: Vec<_> = findings.iter().map(|f| (f.code.id, f.span.line)).collect();
    assert_eq!(found, [("MV-N01", 30)]);
    let fix = findings.first().unwrap().fix.clone().unwrap();
    let mut fixed = ARTICLE.to_owned();
    fixed.replace_range(fix.span.start as usize..fix.span.end as usize, &fix.replacement);
    let (lines, findings) = to_backend(&fixed);
    assert_eq!(lines, ["default/frontend[Pod] => default/backend[Pod] : TCP 8080"]);
    assert!(findings.is_empty(), "{findings:?}");
}
