using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;
using Sevensa.Dashboard.Features.Audit.Pages;
using Sevensa.Dashboard.Tests.Ui;

namespace Sevensa.Dashboard.Tests.Features.Audit;

/// <summary>From when to when the record is shown.</summary>
public sealed class MomentFieldsTests
{
    /// <summary>Keeps what is said, as a page does.</summary>
    private sealed class Keeper : ComponentBase
    {
        public DateTime? At { get; private set; }

        protected override void BuildRenderTree(RenderTreeBuilder builder)
        {
            builder.OpenComponent<MomentFields>(0);
            builder.AddComponentParameter(1, nameof(MomentFields.Label), "To");
            builder.AddComponentParameter(2, nameof(MomentFields.Unsaid), new TimeSpan(23, 59, 59));
            builder.AddComponentParameter(3, nameof(MomentFields.At), At);
            builder.AddComponentParameter(
                4,
                nameof(MomentFields.AtChanged),
                EventCallback.Factory.Create<DateTime?>(this, at => At = at)
            );
            builder.CloseComponent();
        }
    }

    [Fact]
    public async Task A_day_alone_has_a_time_of_its_own_and_a_time_belongs_to_the_day()
    {
        var (page, _) = UiContext.Create();
        await using var _page = page;
        var keeper = page.Render<Keeper>();
        Assert.True(keeper.Field("To, time").HasAttribute("disabled"));
        await keeper.Field("To").ChangeAsync("2026-03-02");
        Assert.Equal(new DateTime(2026, 3, 2, 23, 59, 59), keeper.Instance.At);
        await keeper.Field("To, time").ChangeAsync("08:15");
        Assert.Equal(new DateTime(2026, 3, 2, 8, 15, 0), keeper.Instance.At);
        await keeper.Field("To").ChangeAsync("2026-03-04");
        Assert.Equal(new DateTime(2026, 3, 4, 8, 15, 0), keeper.Instance.At);
        await keeper.Field("To").ChangeAsync("");
        Assert.Null(keeper.Instance.At);
    }
}
