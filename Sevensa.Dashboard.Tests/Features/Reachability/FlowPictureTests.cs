using Bunit;
using Sevensa.Dashboard.Features.Reachability.Components;
using Sevensa.Dashboard.Features.Reachability.Drawing;
using Sevensa.Dashboard.Features.Reachability.Graph;
using Sevensa.Dashboard.Tests.Ui;

namespace Sevensa.Dashboard.Tests.Features.Reachability;

/// <summary>The drawing of who could reach whom: everything in it once, nothing on top of another, and readable by keyboard.</summary>
public sealed class FlowPictureTests
{
    private static FlowEnd Own(string name) => new(EndKind.Service, "a", name);

    private static DrawnFlow Flow(
        FlowEnd from,
        FlowEnd to,
        ArrowKind kind = ArrowKind.Possible,
        bool seen = false,
        bool onPath = false
    ) => new(from, to, kind, seen, onPath, "80/tcp");

    private static FlowPicture Drawn(IReadOnlyList<DrawnFlow> flows, FlowEnd? start = null, int reached = 0)
    {
        var steps = Enumerable.Range(0, reached).ToDictionary(number => Own($"s{number}"), number => number + 1);
        return new PictureLayout("a", end => end.For("a")).Of([Own("web"), Own("lonely")], flows, start, steps);
    }

    [Fact]
    public void Who_is_outside_stands_left_of_what_it_reaches_and_others_right_of_all()
    {
        var other = new FlowEnd(EndKind.Service, "b", "db");
        var picture = Drawn([
            Flow(FlowEnd.Internet, Own("web")),
            Flow(Own("web"), Own("db")),
            Flow(Own("web"), other, ArrowKind.CrossTenant),
        ]);
        var left = picture.Nodes.ToDictionary(node => node.Name, node => node.X);
        Assert.True(left["internet"] < left["web"]);
        Assert.True(left["web"] < left["db"]);
        Assert.True(left["db"] < left["b/db"]);
        Assert.Equal(["outside", "a", "b"], picture.Headings.Select(heading => heading.Words).Distinct());
        Assert.Contains(picture.Nodes, node => node.Name == "lonely");
        Assert.Equal(picture.Nodes.Count, picture.Nodes.Select(node => (node.X, node.Y)).Distinct().Count());
        Assert.All(picture.Nodes, node => Assert.True(node.X + PictureNode.Width <= picture.Width));
        Assert.All(picture.Nodes, node => Assert.True(node.Y + PictureNode.Height <= picture.Height));
    }

    [Fact]
    public void Of_too_many_arrows_the_gravest_are_drawn_and_the_rest_is_counted()
    {
        List<DrawnFlow> flows =
        [
            .. Enumerable.Range(0, FlowPicture.MostArrows + 50).Select(number => Flow(Own("web"), Own($"n{number}"))),
            Flow(Own("zz"), new FlowEnd(EndKind.Service, "b", "db"), ArrowKind.CrossTenant),
        ];
        var picture = Drawn(flows);
        Assert.Equal((FlowPicture.MostArrows, 51), (picture.Arrows.Count, picture.LeftOut));
        Assert.Contains(picture.Arrows, arrow => arrow.Kind == ArrowKind.CrossTenant);
    }

    [Fact]
    public void Of_three_hundred_services_that_all_reach_each_other_each_is_there_once()
    {
        FlowEnd[] ends = [.. Enumerable.Range(0, 300).Select(number => Own($"n{number}"))];
        DrawnFlow[] flows = [.. ends.SelectMany(from => ends.Where(to => to != from).Select(to => Flow(from, to)))];
        var picture = new PictureLayout("a", end => end.For("a")).Of(ends, flows, null, new Dictionary<FlowEnd, int>());
        Assert.Equal(300, picture.Nodes.Select(node => (node.X, node.Y)).Distinct().Count());
        Assert.Equal(300 * 299 - FlowPicture.MostArrows, picture.LeftOut);
    }

    [Fact]
    public async Task Each_service_is_a_link_that_asks_what_it_could_reach_and_says_what_it_is()
    {
        var (page, _) = UiContext.Create();
        await using var context = page;
        var picture = Drawn(
            [
                Flow(Own("web"), Own("s0"), ArrowKind.Undeclared, seen: true, onPath: true),
                Flow(FlowEnd.Internet, Own("web")),
            ],
            Own("web"),
            reached: 1
        );
        var drawn = context.Render<FlowDrawing>(parameters =>
            parameters.Add(one => one.Tenant, "a").Add(one => one.Picture, picture)
        );
        Assert.Equal("true", drawn.Find("a[href$='service=web']").GetAttribute("aria-current"));
        Assert.Equal("s0, reached in one step", drawn.Find("a[href$='service=s0']").GetAttribute("aria-label"));
        Assert.Equal(3, drawn.FindAll("svg a").Count);
        Assert.Equal("0", drawn.Find(".flow-picture").GetAttribute("tabindex"));
        var arrow = drawn.Find("path.undeclared.seen.path");
        Assert.Equal(
            "web → s0 on 80/tcp: possible, and not declared, used within the last week",
            arrow.QuerySelector("title")!.TextContent
        );
        Assert.Contains(
            "1 can be reached from web",
            drawn.Find("svg").GetAttribute("aria-label"),
            StringComparison.Ordinal
        );
    }
}
