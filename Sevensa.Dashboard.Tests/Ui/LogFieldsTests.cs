using Sevensa.Dashboard.Ui.Logs;

namespace Sevensa.Dashboard.Tests.Ui;

public sealed class LogFieldsTests
{
    [Fact]
    public void Json_is_read_with_Lokis_names_for_what_is_inside_of_something()
    {
        var fields = LogFieldSet.Read(
            """{"level":"error","http":{"status":502,"path":"/a b"},"tags":["x"],"ok":null}"""
        )!;
        Assert.Equal(LogFieldFormat.Json, fields.Format);
        Assert.Equal(
            [("level", "error"), ("http_status", "502"), ("http_path", "/a b"), ("tags", "[\"x\"]"), ("ok", "null")],
            fields.Fields.Select(field => (field.Key, field.Value))
        );
    }

    [Fact]
    public void Logfmt_is_read_with_its_quotes()
    {
        var fields = LogFieldSet.Read("""ts=2026-11-24T12:00:00Z level=warn msg="a \"b\" = c" empty= loose n=3""")!;
        Assert.Equal(LogFieldFormat.Logfmt, fields.Format);
        Assert.Equal("a \"b\" = c", fields["msg"]);
        Assert.Equal("", fields["empty"]);
        Assert.Equal("3", fields["n"]);
        Assert.Null(fields["loose"]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{}")]
    [InlineData("{\"a\":1} and more")]
    [InlineData("[1,2]")]
    [InlineData("x = 1")]
    [InlineData("listening with a=1")]
    [InlineData("a=1")]
    [InlineData("{\"a\":\"\\ud800\"}")]
    public void Other_text_has_none(string line)
    {
        // Half a character must not take the page down, whatever is made of it.
        var fields = LogFieldSet.Read(line);
        Assert.True(fields is null || line.Contains("ud800", StringComparison.Ordinal));
    }

    [Fact]
    public void What_is_deep_wide_or_long_is_bounded()
    {
        Assert.Null(LogFieldSet.Read($"{{\"a\":\"{new string('x', LogFieldSet.LongestLine)}\"}}"));
        var wide = "{" + string.Join(',', Enumerable.Range(0, 5000).Select(i => $"\"f{i}\":{i}")) + "}";
        Assert.InRange(LogFieldSet.Read(wide)!.Fields.Count, 1, 100);
        var deep = string.Concat(Enumerable.Repeat("{\"a\":", 20)) + "1" + new string('}', 20);
        Assert.Single(LogFieldSet.Read(deep)!.Fields);
    }
}
