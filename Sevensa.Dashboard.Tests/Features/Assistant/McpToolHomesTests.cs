using Microsoft.Extensions.AI;
using Sevensa.Dashboard.Features.Assistant.Mcp;

namespace Sevensa.Dashboard.Tests.Features.Assistant;

/// <summary>Of which sources the tools are made when one tool is called.</summary>
public class McpToolHomesTests
{
    private readonly McpToolHomes homes = new();
    private readonly List<Type> made = [];

    private static readonly (Type Home, string Tool)[] Everything =
    [
        (typeof(int), "list_numbers"),
        (typeof(string), "list_texts"),
        (typeof(bool), "list_flags"),
    ];

    private string? Find(string? name, params (Type Home, string Tool)[] has)
    {
        made.Clear();
        return homes.Find(name, wanted => Of(wanted, has))?.Name;
    }

    private IEnumerable<(Type Home, IEnumerable<AIFunction> Tools)> Of(Type? wanted, (Type Home, string Tool)[] has)
    {
        foreach (var (home, tool) in has.Where(one => wanted is null || one.Home == wanted))
        {
            made.Add(home);
            yield return (home, [AIFunctionFactory.Create(() => 1, tool)]);
        }
    }

    [Fact]
    public void A_tool_that_was_found_once_is_made_alone_from_then_on()
    {
        Assert.Equal("list_flags", Find("list_flags", Everything));
        Assert.Equal(3, made.Count);
        Assert.Equal("list_flags", Find("list_flags", Everything));
        Assert.Equal([typeof(bool)], made);
    }

    [Fact]
    public void Who_may_not_use_it_gets_none_also_after_another_got_it()
    {
        Assert.Equal("list_texts", Find("list_texts", Everything));
        Assert.Null(Find("list_texts", Everything[0], Everything[2]));
        Assert.Null(Find("list_texts"));
        Assert.Equal("list_texts", Find("list_texts", Everything));
    }

    [Fact]
    public void Who_has_it_of_another_source_gets_that_one()
    {
        Assert.Equal("list_texts", Find("list_texts", Everything));
        Assert.Equal("list_texts", Find("list_texts", (typeof(int), "list_numbers"), (typeof(bool), "list_texts")));
        Assert.Contains(typeof(bool), made);
    }

    [Fact]
    public void There_is_none_without_a_name_and_of_none_that_exists()
    {
        Assert.Null(Find(null, Everything));
        Assert.Null(Find("drop_everything", Everything));
        Assert.Null(Find("LIST_TEXTS", Everything));
    }
}
