using Bunit;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Scans.Scanning;
using Sevensa.Dashboard.Tests.Features.Actions;
using Sevensa.Dashboard.Tests.Ui;

namespace Sevensa.Dashboard.Tests.Features.Scans.Scanning;

/// <summary>How the hosts' scanners stand, on a tenant's page.</summary>
public sealed class HostScanningTests
{
    private const string Image = "sha256:1";

    private static readonly ScannerReport Idle = new("trivy", "0.76.0", null, null, null, null, 0, 3, []);

    private static async Task<string> ShownAsync(ScannerReport? told, Action<StubFleet>? change = null)
    {
        var (page, time) = UiContext.Create();
        await using var context = page;
        var fleet = new StubFleet();
        change?.Invoke(fleet);
        var scanners = new HostScanners(time);
        page.Services.AddSingleton<IFleet>(fleet);
        page.Services.AddSingleton(scanners);
        var shown = page.Render<HostScanning>(parameters => parameters.Add(one => one.Tenant, "rentguy"));
        if (told is not null)
        {
            // Told while the page is open.
            scanners.Put("h1", told);
            shown.WaitForState(() => shown.Markup.Contains("0.76.0", StringComparison.Ordinal), Patience.Usual);
        }
        return shown.Markup;
    }

    [Fact]
    public async Task A_host_without_a_scanner_says_what_its_owner_has_to_do() =>
        Assert.Contains("Runner:Scanner", await ShownAsync(null, fleet => fleet.Kinds = []), StringComparison.Ordinal);

    [Fact]
    public async Task What_could_not_be_scanned_is_told_of_the_tenants_own_images_alone()
    {
        var shown = await ShownAsync(
            Idle with
            {
                Failed =
                [
                    new FailedScan(Image, "rentguy/api:1.0", "The disk is full.", 1_700_000_000_000),
                    new FailedScan("sha256:2", "another/one:1", "Gone.", 1_700_000_000_000),
                ],
            }
        );
        Assert.Contains("The disk is full.", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("another/one", shown, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nonsense_that_a_host_tells_breaks_no_page()
    {
        var shown = await ShownAsync(
            Idle with
            {
                DatabaseUnixMs = long.MinValue,
                Failed =
                [
                    new FailedScan(Image, "rentguy/api:1.0", "The disk is full.", long.MaxValue),
                    new FailedScan(Image, "rentguy/api:1.0", "Said twice.", 0),
                ],
            }
        );
        Assert.Contains("The disk is full.", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("Said twice.", shown, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_scanned_now_is_shown_with_what_the_scanner_says_and_anothers_is_not_named()
    {
        var own = await ShownAsync(Idle with { Image = "rentguy/api:1.0", Progress = "walking layers", Waiting = 2 });
        Assert.Contains(
            "3 of 5 images of this host are scanned. Scanning rentguy/api:1.0: walking layers",
            own,
            StringComparison.Ordinal
        );
        var others = await ShownAsync(
            Idle with
            {
                Image = "witcom/psra-api:secret",
                Progress = "walking",
                Waiting = 1,
            }
        );
        Assert.DoesNotContain("secret", others, StringComparison.Ordinal);
        Assert.Contains("Scanning another image", others, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Advisories_that_are_too_old_are_said_to_be()
    {
        Assert.Contains("too old", await ShownAsync(Idle with { DatabaseUnixMs = 0 }), StringComparison.Ordinal);
        Assert.Contains(
            "There is no program",
            await ShownAsync(Idle with { Trouble = "There is no program \"trivy\" on this host." }),
            StringComparison.Ordinal
        );
    }
}
