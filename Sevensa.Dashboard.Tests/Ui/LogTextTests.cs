using CsCheck;
using Sevensa.Dashboard.Ui.Logs;

namespace Sevensa.Dashboard.Tests.Ui;

public sealed class LogTextTests
{
    [Fact]
    public void ColoursBecomeClasses() =>
        Assert.Equal(
            [new("ready", "ansi-2"), new(" on ", null), new(":8080", "ansi-6 ansi-b")],
            LogText.Spans("\u001b[32mready\u001b[0m on \u001b[1;36m:8080\u001b[0m")
        );

    [Fact]
    public void SequencesThatAreNoColoursVanish() =>
        Assert.Equal("abcd", LogText.Plain("a\u001b[2Jb\u001b]8;;http://evil/\u001b\\c\u001b]0;title\ad"));

    [Theory]
    [InlineData("a\0b", "a⟨00⟩b")]
    [InlineData("a\u202eb", "a⟨202E⟩b")]
    [InlineData("a\u200bb", "a⟨200B⟩b")]
    [InlineData("a\rb\nc\td", "a⟨0D⟩b↵c\td")]
    [InlineData("ok 🚀 é", "ok 🚀 é")]
    public void CharactersThatActAreShown(string text, string shown) => Assert.Equal(shown, LogText.Plain(text));

    // Half a surrogate pair can't travel through an attribute.
    [Fact]
    public void HalfACharacterIsShown() => Assert.Equal("a⟨D800⟩b", LogText.Plain("a" + (char)0xd800 + "b"));

    [Fact]
    public void HitsAreMarkedWhateverTheirCase() =>
        Assert.Equal(
            [new("a ", null), new("TimeOut", null, true), new(" b", null)],
            LogText.Spans("a TimeOut b", "timeout")
        );

    [Fact]
    public void NoLineBringsAControlCharacterToTheScreen() =>
        Gen.String.Sample(text => Assert.DoesNotContain(LogText.Plain(text), c => char.IsControl(c) && c != '\t'));
}
