//! Chinese, simplified characters: questions.

use crate::limits;
use crate::model::{PasswordError, Question, QuestionFault, QuestionKind};

pub(in crate::lang) fn question(question: &Question) -> String {
    let name = question.name.as_deref().unwrap_or_default();
    let (min, max) = (limits::PASSWORD_CHARS_MIN, limits::PASSWORD_BYTES_MAX);
    match (question.fault, question.ask) {
        (Some(QuestionFault::Wrong), _) => "密码错误，请重试（直接回车取消）：".into(),
        (Some(QuestionFault::Different), _) => "两次输入不一致，请重试（直接回车取消）：".into(),
        (Some(QuestionFault::Unfit(PasswordError::TooLong)), _) => {
            format!("太长，最多 {max} 字节，请重试（直接回车取消）：")
        }
        (Some(QuestionFault::Unfit(PasswordError::Character)), _) => {
            "其中有不可见的字符，请重试（直接回车取消）：".into()
        }
        (Some(QuestionFault::Unfit(PasswordError::Empty | PasswordError::TooShort)), _) => {
            format!("太短，至少要 {min} 个字符，请重试（直接回车取消）：")
        }
        (Some(QuestionFault::Command), _) => {
            "这是一条命令，不能当作密码，请重试（直接回车取消）：".into()
        }
        (None, QuestionKind::ServerPassword) => "密码：".into(),
        (None, QuestionKind::Password) => format!("请输入 {name} 的密码（直接回车取消）："),
        (None, QuestionKind::FirstPassword) => {
            format!("请为 {name} 设置密码，至少 {min} 个字符（直接回车取消）：")
        }
        (None, QuestionKind::NewPassword) => {
            format!("请输入 {name} 的新密码，至少 {min} 个字符（直接回车取消）：")
        }
        (None, QuestionKind::Repetition) => "请再输入一次（直接回车取消）：".into(),
    }
}
