using Sevensa.Dashboard.Features.Assistant.Playbooks;

namespace Sevensa.Dashboard.Tests.Features.Assistant;

/// <summary>Steps, parameters and the command of a playbook, as they are read.</summary>
public sealed class PlaybookTextTests
{
    private static readonly string[] services = ["api", "worker"];

    [Fact]
    public void The_lines_of_its_lists_are_its_steps()
    {
        Assert.Equal(
            ["/logs rentguy error 1h", "Restart the {service}", "look again"],
            PlaybookText.Steps(
                "# Care\n\nLook first:\n\n1. `/logs rentguy error 1h`\r\n2) Restart the {service}\n* [ ] look again\n-not this\n    - nor code"
            )
        );
    }

    [Theory]
    [InlineData("service", "worker", null)]
    [InlineData("service", "db", "x is a service of the tenant: api, worker.")]
    [InlineData("number", "15", null)]
    [InlineData("number", "-1", "x is a whole number")]
    [InlineData("number", "1e9", "x is a whole number")]
    [InlineData("duration", "90m", null)]
    [InlineData("duration", "90", "x is a duration")]
    [InlineData("choice", "fast", null)]
    [InlineData("choice", "Fast", "x is one of fast, careful.")]
    [InlineData("text", "disk full", null)]
    [InlineData("text", "a\n- stop rentguy api", "x has a line break")]
    [InlineData("text", "/stop rentguy-api", "x begins with a slash")]
    [InlineData("text", "{service}", "x has braces")]
    [InlineData("text", " ", "x is empty")]
    public void A_value_is_of_its_kind(string kind, string value, string? why)
    {
        var told = new PlaybookParameter("x", kind, kind == "choice" ? ["fast", "careful"] : null).Refused(
            value,
            services
        );
        if (why is null)
        {
            Assert.Null(told);
        }
        else
        {
            Assert.StartsWith(why, told, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_command_is_read_as_it_was_written()
    {
        var values = new Dictionary<string, string> { ["service"] = "worker", ["note"] = "the \"old\" disk" };
        var written = PlaybookCommand.Of("rentguy", "care", values);
        Assert.Equal("/playbook rentguy/care service=worker note=\"the \\\"old\\\" disk\"", written);
        var (tenant, name, read) = PlaybookCommand.Read(PlaybookCommand.Behind(written)!);
        Assert.Equal(("rentguy", "care"), (tenant, name));
        Assert.Equal(values, read);
        Assert.Null(PlaybookCommand.Behind("/policy x"));
        Assert.Null(PlaybookCommand.Behind("/playbooks x"));
        Assert.Equal("", PlaybookCommand.Behind("/play"));
        Assert.Throws<UnfitPlaybookException>(() => PlaybookCommand.Read("rentguy/care worker"));
        Assert.Throws<UnfitPlaybookException>(() => PlaybookCommand.Read(""));
    }

    [Fact]
    public void Parameters_are_written_one_a_line()
    {
        const string lines = "service: service = worker\nmode: choice (fast, careful) = careful\nnote: text";
        Assert.Equal(lines, ParameterLines.Of(ParameterLines.Read(lines)));
        Assert.Throws<UnfitPlaybookException>(() => ParameterLines.Read("service"));
    }
}
