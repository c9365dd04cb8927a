using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Tests.Platform.Http;

/// <summary>Lists that are at hand whole, page by page.</summary>
public class ListOrderTests
{
    private sealed record Item(string Name, long Number, DateTimeOffset At);

    private static readonly ListOrder<Item> Order = new ListOrder<Item>("items")
        .ByNewest(item => item.At)
        .By(item => item.Name)
        .By(item => item.Number);

    /// <summary>Sixty in no order, of which several have one time, and several one time and one name.</summary>
    private static readonly Item[] All =
    [
        .. Enumerable
            .Range(0, 60)
            .Select(number => number * 37 % 60)
            .Select(number => new Item(
                number % 2 == 0 ? "a" : "B",
                number,
                DateTimeOffset.UnixEpoch.AddMinutes(number % 5)
            )),
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(30)]
    [InlineData(60)]
    [InlineData(61)]
    public void Pages_of_any_length_hold_all_of_it_once_and_in_order(int limit)
    {
        var seen = new List<Item>();
        var pages = 0;
        string? cursor = null;
        do
        {
            var page = Order.Page(All, new PageAsked(cursor, limit), item => item);
            seen.AddRange(page.Items);
            cursor = page.Next;
            pages++;
        } while (cursor is not null);
        Assert.Equal(
            All.OrderByDescending(item => item.At)
                .ThenBy(item => item.Name, StringComparer.Ordinal)
                .ThenBy(item => item.Number),
            seen
        );
        // A last page that is full is followed by none.
        Assert.Equal((60 + limit - 1) / limit, pages);
    }

    [Fact]
    public void A_page_goes_on_behind_an_item_that_is_gone_and_leaves_out_what_came_before_it()
    {
        var first = Order.Page(All, new PageAsked(null, 10), item => item);
        var last = first.Items[^1];
        var changed = All.Where(item => item != last).Append(first.Items[0] with { Name = "A" });
        var second = Order.Page(changed, new PageAsked(first.Next, 10), item => item);
        Assert.Equal(Order.Page(All, new PageAsked(null, 20), item => item).Items.Skip(10), second.Items);
    }

    [Fact]
    public void Where_nothing_tells_two_apart_the_one_that_came_first_goes_first()
    {
        var byName = new ListOrder<(string Name, int Place)>("twins").By(item => item.Name);
        (string, int)[] twins = [("x", 1), ("w", 2), ("x", 3), ("w", 4), ("x", 5)];
        Assert.Equal([2, 4, 1, 3, 5], byName.Page(twins, new PageAsked(null, null), item => item.Place).Items);
    }
}
