//! The dashboard for Grafana.

use serde_json::{Value, json};

use crate::panel::{Drawing, Panel, Unit, panels};

/// Columns of Grafana's grid.
const COLUMNS: u64 = 24;

/// The dashboard, to be imported into Grafana 10 or later.
#[must_use]
pub fn dashboard() -> String {
    let datasource = json!({ "type": "prometheus", "uid": "${datasource}" });
    let variables = json!([
        { "name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus" },
        {
            "name": "namespace",
            "label": "Namespace",
            "type": "query",
            "datasource": datasource,
            "query": { "query": "label_values(meshveil_responses_total, namespace)", "refId": "namespace" },
            "refresh": 2,
            "includeAll": true,
            // Fits what has no such label, too.
            "allValue": ".*",
            "multi": true,
            "current": { "text": "All", "value": "$__all" },
        },
    ]);
    let dashboard = json!({
        "title": "meshveil",
        "description": "Masking of sensitive fields: what happened to every response of the protected workloads.",
        "uid": "meshveil",
        "tags": ["meshveil", "envoy"],
        "schemaVersion": 39,
        "editable": true,
        "refresh": "30s",
        "time": { "from": "now-1h", "to": "now" },
        "templating": { "list": variables },
        "panels": laid_out(&datasource),
    });
    format!("{dashboard:#}\n")
}

/// Panels side by side where they fit.
fn laid_out(datasource: &Value) -> Vec<Value> {
    let (mut x, mut y, mut row) = (0, 0, 0);
    let place = |(id, panel): (u64, Panel)| {
        let (width, height) = match panel.drawing {
            Drawing::Number => (6, 5),
            Drawing::Lines | Drawing::Table => (12, 8),
        };
        if x + width > COLUMNS {
            (x, y, row) = (0, y + row, 0);
        }
        let position = json!({ "x": x, "y": y, "w": width, "h": height });
        (x, row) = (x + width, row.max(height));
        written(id, &panel, &position, datasource)
    };
    (1..).zip(panels()).map(place).collect()
}

fn written(id: u64, panel: &Panel, position: &Value, datasource: &Value) -> Value {
    let kind = match panel.drawing {
        Drawing::Lines => "timeseries",
        Drawing::Number => "stat",
        Drawing::Table => "table",
    };
    let unit = match panel.unit {
        Unit::PerSecond => "reqps",
        Unit::Share => "percentunit",
        Unit::Count => "short",
    };
    let is_table = panel.drawing == Drawing::Table;
    json!({
        "id": id,
        "title": panel.title,
        "description": panel.description,
        "type": kind,
        "datasource": datasource,
        "gridPos": position,
        "fieldConfig": { "defaults": { "unit": unit, "min": 0 }, "overrides": [] },
        "targets": [{
            "refId": "A",
            "datasource": datasource,
            "expr": panel.expression,
            "legendFormat": panel.legend,
            "instant": is_table,
            "format": if is_table { "table" } else { "time_series" },
        }],
    })
}
