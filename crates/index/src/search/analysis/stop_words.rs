//! Words that say nothing by themselves. The lists are short and fixed: no text that comes or goes changes what a search
//! goes by. They are written as [`fold`](super::fold) leaves them.

use super::Language;

/// Whether a folded word says nothing by itself.
pub(crate) fn is_stop_word(folded: &str, language: Language) -> bool {
    list(language).split_ascii_whitespace().any(|word| word == folded)
}

fn list(language: Language) -> &'static str {
    match language {
        Language::English => {
            "a an and are as at be been but by for from had has have he her his how i if in into is it its my no not of \
             on or our she so that the their them then there these they this to was we were what when where which who \
             will with you your us"
        }
        Language::Russian => {
            "а без бы в во для до его ее если же за и из или их к как ко ли мы на не но о об он она они от по под при с \
             со так также то у что это этот"
        }
        Language::French => {
            "a au aux avec ce ces cette d dans de des du elle en est et il ils je l la le les leur leurs mais n ne nous \
             on ou par pas pour qu que qui s sa se ses son sont sur un une vous y"
        }
        Language::German => {
            "als am an auch auf aus bei bis das dass dem den der des die durch ein eine einem einen einer eines er es \
             fur hat im in ist mit nach nicht oder sich sie sind so uber um und vom von vor war werden wie wird wir zu \
             zum zur"
        }
        Language::Italian => {
            "a ad agli ai al alla alle anche che chi ci come con da dagli dai dal dalla dalle degli dei del della delle \
             di e ed gli ha i il in io l la le lo ma ne nei nel nella nelle non o per piu se si sono su sul sulla tra un \
             una uno"
        }
        Language::Spanish => {
            "a al como con de del e el en entre es esta este ha han la las lo los mas ni no o para pero por que se si \
             sin sobre son su sus u un una uno y ya"
        }
        Language::Romanian => {
            "a al ale ca ce cel cu de din dintre doar e el este eu fi fost in intre isi la le lui mai nu o pe pentru \
             prin sa sau se si sunt un una unei unor unui va"
        }
        Language::Serbian => {
            "a ali bi da do i iz ili je jer joj jos kao ka ko koja koje koji na ne nego ni nije o od po pri s sa se su \
             sto ta te to u uz za"
        }
        Language::Other => "",
    }
}
