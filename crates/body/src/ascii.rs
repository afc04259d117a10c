//! Bodies in a character set that is UTF-8 as long as all bytes are ASCII.

use crate::{Fault, Rewrite, Stage};

/// Refuses the first byte outside of ASCII, where it is asked to.
#[derive(Debug)]
pub(crate) struct Ascii {
    is_asked: bool,
}

impl Ascii {
    pub(crate) const fn new(is_asked: bool) -> Self {
        Self { is_asked }
    }
}

impl Stage for Ascii {
    fn rewrite(&mut self, chunk: &[u8], out: &mut Vec<u8>) -> Result<Rewrite, Fault> {
        if !self.is_asked || chunk.is_ascii() {
            return Ok(Rewrite::Unchanged);
        }
        out.extend(chunk.iter().take_while(|byte| byte.is_ascii()));
        Err(Fault::NotAscii)
    }

    fn finish(&mut self, _out: &mut Vec<u8>) -> Result<(), Fault> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_byte_outside_of_ascii_is_refused_where_it_matters() {
        let mut out = Vec::new();
        assert_eq!(Ascii::new(false).rewrite("ö".as_bytes(), &mut out), Ok(Rewrite::Unchanged));
        let mut ascii = Ascii::new(true);
        assert_eq!(ascii.rewrite(b"{}", &mut out), Ok(Rewrite::Unchanged));
        assert_eq!(ascii.rewrite("{ö".as_bytes(), &mut out), Err(Fault::NotAscii));
        assert_eq!(out, b"{");
    }
}
