//! What a terminal's input is decoded into.

/// A key, or another report that a terminal sends in the same way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// A character to insert, never a control character.
    Text(char),
    /// The end of a line inside a bracketed paste.
    LineBreak,
    /// Enter.
    Enter,
    /// Tab.
    Tab,
    /// Shift-Tab.
    BackTab,
    /// Backspace.
    Backspace,
    /// Delete.
    Delete,
    /// The left arrow, ^B.
    Left,
    /// The right arrow, ^F.
    Right,
    /// The up arrow, ^P.
    Up,
    /// The down arrow, ^N.
    Down,
    /// Home, ^A.
    Home,
    /// End, ^E.
    End,
    /// Ctrl or Alt with the left arrow, Alt-B.
    WordLeft,
    /// Ctrl or Alt with the right arrow, Alt-F.
    WordRight,
    /// ^K.
    KillToEnd,
    /// ^U.
    KillToStart,
    /// ^W, Alt-Backspace.
    KillWordLeft,
    /// Alt-D, Ctrl-Delete.
    KillWordRight,
    /// ^Y: inserts the text killed last.
    Yank,
    /// ^L.
    ClearScreen,
    /// ^C.
    Interrupt,
    /// ^D.
    EndOfInput,
    /// ^X.
    NextRoom,
    /// ^Z.
    Suspend,
    /// The terminal's window has gained the focus, if the terminal was asked to report that.
    FocusIn,
    /// The window has lost the focus.
    FocusOut,
}
