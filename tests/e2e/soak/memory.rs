//! The curve of Envoy's memory: written as CSV, and bounded.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

/// How much the resident memory may grow after the first third of the time, in KiB: the difference of the medians of the
/// second and the last third.
const MOST_GROWTH: u64 = 48 << 10;

/// The state after one round.
#[derive(Debug, Clone)]
pub struct Point {
    pub seconds: u64,
    /// KiB that are resident.
    pub resident: u64,
    /// Bytes that Envoy's own allocator has given out.
    pub allocated: u64,
    pub masked: usize,
    pub proper: usize,
    pub of_crash: usize,
    pub reloads: usize,
    pub crashes: usize,
}

/// What was measured so far.
pub struct Curve {
    file: File,
    points: Vec<Point>,
}

impl Curve {
    pub fn new(path: &Path) -> std::io::Result<Self> {
        fs::create_dir_all(path.parent().unwrap())?;
        let mut file = File::create(path)?;
        writeln!(file, "seconds,resident_kib,allocated_bytes,masked,proper,lost_by_crash,reloads,crashes")?;
        Ok(Self { file, points: Vec::new() })
    }

    pub fn add(&mut self, point: Point) -> std::io::Result<()> {
        let Point { seconds, resident, allocated, masked, proper, of_crash, reloads, crashes } = &point;
        writeln!(self.file, "{seconds},{resident},{allocated},{masked},{proper},{of_crash},{reloads},{crashes}")?;
        self.points.push(point);
        Ok(())
    }

    /// The median of a part of the curve, in KiB.
    fn median(points: &[Point]) -> u64 {
        let mut resident: Vec<u64> = points.iter().map(|point| point.resident).collect();
        resident.sort_unstable();
        resident[resident.len() / 2]
    }

    /// Medians of the second and the last third.
    fn thirds(&self) -> (u64, u64) {
        let third = self.points.len() / 3;
        (Self::median(&self.points[third..=2 * third]), Self::median(&self.points[2 * third..]))
    }

    pub fn summary(&self) -> String {
        let (second, last) = self.thirds();
        let first = &self.points[0];
        let most = self.points.iter().map(|point| point.resident).max().unwrap();
        format!(
            "resident memory: {} KiB after the first round, medians {second} and {last} KiB in the second and last third, {most} KiB at most",
            first.resident
        )
    }

    /// Fails where memory grows without end.
    pub fn assert_bounded(&self) {
        let (second, last) = self.thirds();
        assert!(last < second + MOST_GROWTH, "Envoy's memory grows: {}", self.summary());
    }
}

#[test]
fn curve_that_grows_is_seen() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("memory.csv");
    for (step, is_bounded) in [(0, true), (4_000, false)] {
        let mut curve = Curve::new(&path).unwrap();
        for at in 0..60 {
            let resident = 200_000 + at * step;
            let point = Point {
                seconds: at,
                resident,
                allocated: 1,
                masked: 0,
                proper: 0,
                of_crash: 0,
                reloads: 0,
                crashes: 0,
            };
            curve.add(point).unwrap();
        }
        assert_eq!(std::panic::catch_unwind(|| curve.assert_bounded()).is_ok(), is_bounded, "{step}");
        assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 61);
    }
}
