using System.Text;
using System.Text.Json;
using Bunit;
using Microsoft.AspNetCore.Components.Forms;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using NSubstitute;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Configuration;
using Sevensa.Dashboard.Features.Configuration.Pages;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Tests.Features.Actions;
using Sevensa.Dashboard.Tests.Ui;

namespace Sevensa.Dashboard.Tests.Features.Configuration;

/// <summary>A file compared and applied in the browser.</summary>
public sealed class ConfigurationPageTests
{
    /// <summary>Takes everything, and gives a secret for each once it may go on.</summary>
    private sealed class Part : IConfigurationPart
    {
        public TaskCompletionSource May { get; } = new();
        public List<string> Applied { get; } = [];
        public string Name => "receivers";
        public bool IsAccess { get; init; }

        public Task<IReadOnlyList<ConfigurationItem>> ReadAsync(Caller caller, CancellationToken cancellation) =>
            Task.FromResult<IReadOnlyList<ConfigurationItem>>([]);

        public Task<JsonElement> CheckAsync(
            Caller caller,
            string key,
            JsonElement wanted,
            JsonElement? current,
            CancellationToken cancellation
        ) => Task.FromResult(wanted);

        public string? WhyKept(string key) => null;

        public async Task<ConfigurationDone> ApplyAsync(
            Caller caller,
            string key,
            JsonElement? wanted,
            CancellationToken cancellation
        )
        {
            Applied.Add(key);
            await May.Task;
            return new ConfigurationDone($"Added {key}.", $"shown-once-{Applied.Count}");
        }
    }

    private static (BunitContext Page, Part Part) Page(bool isAccess = false)
    {
        var page = UiContext.Create().Page;
        var part = new Part { IsAccess = isAccess };
        var callers = Substitute.For<ICurrentCaller>();
        callers
            .GetAsync(Arg.Any<CancellationToken>())
            .Returns(new Caller("1", "Admin", Role.Admin, true, TenantSet.All, ApiScopes.All));
        page.Services.AddSingleton(callers);
        page.Services.AddSingleton<IStepUp>(new StubStepUp());
        page.Services.AddSingleton(
            new ConfigurationDesk(
                [part],
                new StubStepUp(),
                Substitute.For<IAuditLog>(),
                NullLogger<ConfigurationDesk>.Instance
            )
        );
        return (page, part);
    }

    [Fact]
    public async Task Applied_twice_in_one_breath_it_is_done_once_and_its_secret_stays()
    {
        var (page, part) = Page();
        await using var _ = page;
        var shown = page.Render<ConfigurationPage>();
        await shown.Find("textarea").ChangeAsync("receivers: {Tickets: {url: x}}");
        await shown.Find("form").SubmitAsync();
        var apply = await shown.WaitForElementAsync(".mud-button-filled-primary");
        var first = apply.ClickAsync();
        var second = apply.ClickAsync();
        part.May.SetResult();
        await Task.WhenAll(first, second);
        shown.WaitForAssertion(() => Assert.Contains("shown-once-1", shown.Markup, StringComparison.Ordinal));
        Assert.Equal(["Tickets"], part.Applied);
    }

    [Fact]
    public async Task What_lets_somebody_in_is_applied_after_the_password_was_given_again()
    {
        var (page, part) = Page(isAccess: true);
        await using var _ = page;
        part.May.SetResult();
        var shown = page.Render<ConfigurationPage>();
        await shown.Find("textarea").ChangeAsync("receivers: {Tickets: {url: x}}");
        await shown.Find("form").SubmitAsync();
        await (await shown.WaitForElementAsync(".mud-button-filled-primary")).ClickAsync();
        shown.WaitForAssertion(() => Assert.Contains("not your password", shown.Markup, StringComparison.Ordinal));
        Assert.Empty(part.Applied);
        await shown.Find("input[type=password]").ChangeAsync("right");
        await shown.Find(".mud-button-filled-primary").ClickAsync();
        shown.WaitForAssertion(() => Assert.Contains("shown-once-1", shown.Markup, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_large_file_is_read_whole_and_a_field_that_is_full_is_not_taken_for_one()
    {
        var (page, _) = Page();
        await using var __ = page;
        var shown = page.Render<ConfigurationPage>();
        var text = new StringBuilder("receivers:\n");
        for (var number = 0; number < 5000; number++)
        {
            text.Append("  receiver-").Append(number).Append(": {url: 'https://example.org/hook'}\n");
        }
        var most = int.Parse(
            shown.Find("textarea").GetAttribute("maxlength")!,
            System.Globalization.CultureInfo.InvariantCulture
        );
        Assert.InRange(most, 1, 32 * 1024 / 3);
        await shown.Find("textarea").ChangeAsync(text.ToString()[..most]);
        await shown.Find("form").SubmitAsync();
        shown.WaitForAssertion(() => Assert.Contains("may be missing", shown.Markup, StringComparison.Ordinal));
        Assert.Empty(shown.FindAll("table"));

        shown.FindComponent<InputFile>().UploadFiles(InputFileContent.CreateFromText(text.ToString(), "sevensa.yaml"));
        shown.WaitForAssertion(() => Assert.Contains("is what is compared", shown.Markup, StringComparison.Ordinal));
        await shown.Find("form").SubmitAsync();
        shown.WaitForAssertion(() => Assert.Contains("receiver-4999", shown.Markup, StringComparison.Ordinal));
    }
}
