using System.Text.Json;
using Bunit;
using Sevensa.Dashboard.Features.Audit;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Audit.Pages;
using Sevensa.Dashboard.Tests.Ui;
using Sevensa.Dashboard.Ui.Components;

namespace Sevensa.Dashboard.Tests.Features.Audit;

/// <summary>Rows of the record on its page.</summary>
public sealed class AuditRowsTests
{
    private static readonly DateTimeOffset At = new(2026, 3, 1, 9, 0, 0, TimeSpan.Zero);

    /// <summary>As it is read from the store, each time anew.</summary>
    private static AuditRecord Read() =>
        new(
            "7",
            7,
            At,
            new AuditActor("person", "ada", "Ada"),
            "role.changed",
            null,
            "role",
            AuditOutcome.Ok,
            null,
            JsonSerializer.SerializeToElement(new { name = "before" }),
            JsonSerializer.SerializeToElement(new { name = "after" }),
            "p",
            "h"
        );

    [Fact]
    public async Task A_row_that_is_read_anew_is_still_the_same_row()
    {
        Func<long, string> address = number => $"/audit?row={number}";
        await using var page = UiContext.Create().Page;
        var shown = page.Render<AuditRows>(parameters =>
            parameters.Add(one => one.Rows, [Read()]).Add(one => one.Open, 7L).Add(one => one.Address, address)
        );
        var copied = shown.FindComponent<CopyText>().Instance;
        shown.Render(parameters => parameters.Add(one => one.Rows, [Read()]));
        Assert.Same(copied, shown.FindComponent<CopyText>().Instance);
    }
}
