//! Numbers that states give people: their forms, and their check digits. Each file of a form says which of its forms may stand
//! alone; the others are as many digits as anything has, and count only beside a name, or where a whole column fits.
//!
//! In a form `#` is a digit, `A` a letter, `X` either, and everything else itself.

mod check;

use check::*;

/// A number of one state.
#[derive(Debug)]
pub(crate) struct Number {
    /// How it is called in policies: the country, and its own name for it.
    pub(crate) id: &'static str,
    /// What such values are.
    pub(crate) what: &'static str,
    /// How they are written, so that they may stand alone.
    pub(crate) sure: &'static [&'static str],
    /// How they are written, too.
    pub(crate) weak: &'static [&'static str],
    /// Whether letters and digits, in capitals and with nothing between them, are such a number.
    pub(crate) check: fn(&str) -> bool,
}

/// Every number, in the order of countries.
pub(crate) const NUMBERS: &[Number] = &[
    Number {
        id: "au-tfn",
        what: "Australian tax file numbers",
        sure: &[],
        weak: &["#########", "### ### ###"],
        check: au_tfn,
    },
    Number {
        id: "au-medicare",
        what: "Australian Medicare numbers",
        sure: &[],
        weak: &["##########", "#### ##### #"],
        check: au_medicare,
    },
    Number {
        id: "at-svnr",
        what: "Austrian social insurance numbers",
        sure: &["#### ######"],
        weak: &["##########"],
        check: at_svnr,
    },
    Number {
        id: "be-rrn",
        what: "Belgian national numbers",
        sure: &["##.##.##-###.##", "###########"],
        weak: &[],
        check: be_rrn,
    },
    Number {
        id: "br-cpf",
        what: "Brazilian CPF numbers",
        sure: &["###.###.###-##", "#########-##"],
        weak: &["###########"],
        check: br_cpf,
    },
    Number {
        id: "br-cnpj",
        what: "Brazilian CNPJ numbers",
        sure: &["XX.XXX.XXX/XXXX-##"],
        weak: &["XXXXXXXXXXXX##"],
        check: br_cnpj,
    },
    Number { id: "bg-egn", what: "Bulgarian EGN numbers", sure: &[], weak: &["##########"], check: bg_egn },
    Number {
        id: "ca-sin",
        what: "Canadian social insurance numbers",
        sure: &[],
        weak: &["### ### ###", "###-###-###", "#########"],
        check: ca_sin,
    },
    Number {
        id: "cl-rut",
        what: "Chilean RUT numbers",
        sure: &["##.###.###-X", "#.###.###-X"],
        weak: &["########-X", "#######-X"],
        check: cl_rut,
    },
    Number {
        id: "cn-ric",
        what: "Chinese resident identity numbers",
        sure: &["#################X"],
        weak: &[],
        check: cn_ric,
    },
    Number { id: "hr-oib", what: "Croatian OIB numbers", sure: &[], weak: &["###########"], check: oib },
    Number {
        id: "cz-rc",
        what: "Czech and Slovak birth numbers",
        sure: &["######/####"],
        weak: &["##########"],
        check: cz_rc,
    },
    Number { id: "dk-cpr", what: "Danish CPR numbers", sure: &["######-####"], weak: &["##########"], check: dk_cpr },
    Number {
        id: "nl-bsn",
        what: "Dutch citizen service numbers",
        sure: &[],
        weak: &["#########", "####.##.###"],
        check: nl_bsn,
    },
    Number {
        id: "ee-ik",
        what: "Estonian and Lithuanian personal codes",
        sure: &["###########"],
        weak: &[],
        check: ee_ik,
    },
    Number {
        id: "fi-hetu",
        what: "Finnish personal identity codes",
        sure: &["######-###X", "######+###X", "######A###X"],
        weak: &[],
        check: fi_hetu,
    },
    Number {
        id: "fr-nir",
        what: "French social security numbers",
        sure: &[
            "###############",
            "# ## ## ## ### ### ##",
            "# ## ## ## ### ###",
            "# ## #X ### ### ##",
            "# ## ## #X ### ### ##",
            "######X########",
        ],
        weak: &[],
        check: fr_nir,
    },
    Number {
        id: "de-idnr",
        what: "German tax identification numbers",
        sure: &["## ### ### ###"],
        weak: &["###########"],
        check: de_idnr,
    },
    Number {
        id: "de-svnr",
        what: "German social insurance numbers",
        sure: &["########A###", "## ###### A ###"],
        weak: &[],
        check: de_svnr,
    },
    Number {
        id: "hk-id",
        what: "Hong Kong identity card numbers",
        sure: &["A######(X)"],
        weak: &["A######X"],
        check: hk_id,
    },
    Number {
        id: "in-aadhaar",
        what: "Indian Aadhaar numbers",
        sure: &["#### #### ####", "####-####-####"],
        weak: &["############"],
        check: in_aadhaar,
    },
    Number { id: "in-pan", what: "Indian PAN", sure: &["AAAAA####A"], weak: &[], check: in_pan },
    Number { id: "ie-pps", what: "Irish PPS numbers", sure: &["#######AA"], weak: &["#######A"], check: ie_pps },
    Number { id: "il-id", what: "Israeli identity numbers", sure: &[], weak: &["#########"], check: luhn_text },
    Number {
        id: "it-cf",
        what: "Italian tax codes",
        sure: &["AAAAAA##A##A###A", "AAA AAA ##A## A###A"],
        weak: &[],
        check: it_cf,
    },
    Number {
        id: "kr-rrn",
        what: "Korean resident registration numbers",
        sure: &["######-#######"],
        weak: &["#############"],
        check: kr_rrn,
    },
    Number { id: "mx-curp", what: "Mexican CURP", sure: &["AAAA######AAAAAAX#"], weak: &[], check: mx_curp },
    Number { id: "mx-rfc", what: "Mexican RFC", sure: &[], weak: &["AAAA######XXX"], check: mx_rfc },
    Number {
        id: "no-fnr",
        what: "Norwegian birth numbers",
        sure: &["###########", "###### #####"],
        weak: &[],
        check: no_fnr,
    },
    Number { id: "pl-pesel", what: "Polish PESEL numbers", sure: &[], weak: &["###########"], check: pl_pesel },
    Number {
        id: "pt-nif",
        what: "Portuguese tax numbers",
        sure: &[],
        weak: &["#########", "### ### ###"],
        check: pt_nif,
    },
    Number {
        id: "ro-cnp",
        what: "Romanian personal numeric codes",
        sure: &["#############"],
        weak: &[],
        check: ro_cnp,
    },
    Number { id: "sg-nric", what: "Singaporean identity numbers", sure: &["A#######A"], weak: &[], check: sg_nric },
    Number {
        id: "za-id",
        what: "South African identity numbers",
        sure: &["#############", "###### #### ###"],
        weak: &[],
        check: za_id,
    },
    Number {
        id: "es-dni",
        what: "Spanish identity numbers",
        sure: &["########-A", "A#######-A", "A-#######-A"],
        weak: &["########A", "A#######A"],
        check: es_dni,
    },
    Number {
        id: "se-pnr",
        what: "Swedish personal identity numbers",
        sure: &["######-####", "######+####", "########-####", "############"],
        weak: &["##########"],
        check: se_pnr,
    },
    Number {
        id: "ch-ahv",
        what: "Swiss social insurance numbers",
        sure: &["###.####.####.##", "#############"],
        weak: &[],
        check: ch_ahv,
    },
    Number { id: "tr-id", what: "Turkish identity numbers", sure: &[], weak: &["###########"], check: tr_id },
    Number {
        id: "gb-nino",
        what: "British national insurance numbers",
        sure: &["AA ## ## ## A", "AA-##-##-##-A", "AA######A"],
        weak: &[],
        check: gb_nino,
    },
    Number {
        id: "gb-nhs",
        what: "British NHS numbers",
        sure: &[],
        weak: &["### ### ####", "###-###-####", "##########"],
        check: gb_nhs,
    },
    Number {
        id: "us-mbi",
        what: "US Medicare numbers",
        sure: &["#AX#AX#AA##", "#AX#-AX#-AA##"],
        weak: &[],
        check: us_mbi,
    },
    Number { id: "us-npi", what: "US national provider identifiers", sure: &[], weak: &["##########"], check: us_npi },
    Number { id: "us-dea", what: "US DEA numbers", sure: &[], weak: &["AA#######", "A########"], check: us_dea },
    Number { id: "us-aba", what: "US bank routing numbers", sure: &[], weak: &["#########"], check: us_aba },
];

/// Where a text that begins here, in capitals or not, goes on as a form says; the place behind it.
pub(crate) fn form_end(text: &[u8], form: &str) -> Option<usize> {
    let mut at = 0;
    for want in form.bytes() {
        let have = *text.get(at)?;
        let fits = match want {
            b'#' => have.is_ascii_digit(),
            b'A' => have.is_ascii_alphabetic(),
            b'X' => have.is_ascii_alphanumeric(),
            other => have == other,
        };
        if !fits {
            return None;
        }
        at += 1;
    }
    Some(at)
}

/// Letters and digits of a text, in capitals.
pub(crate) fn compact(text: &[u8]) -> String {
    text.iter().filter(|byte| byte.is_ascii_alphanumeric()).map(|byte| char::from(byte.to_ascii_uppercase())).collect()
}

/// Whether a whole text is written in one of these forms, and its check digits are right.
pub(crate) fn fits(number: &Number, forms: &[&str], text: &str) -> bool {
    let written = |form: &&str| form_end(text.as_bytes(), form) == Some(text.len());
    forms.iter().any(written) && (number.check)(&compact(text.as_bytes()))
}
