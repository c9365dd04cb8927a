using Bunit;
using MudBlazor;
using Sevensa.Dashboard.Features.Scans;
using Sevensa.Dashboard.Features.Scans.Components;
using Sevensa.Dashboard.Tests.Ui;
using TestContext = Xunit.TestContext;

namespace Sevensa.Dashboard.Tests.Features.Scans;

/// <summary>A field that lets one choose.</summary>
public class ChoiceFieldTests
{
    private static readonly Choice[] few = [new("", "any"), new("high", "High")];

    private static IRenderedComponent<ChoiceField> Field(BunitContext page, Choice[] choices, string? value) =>
        page.Render<ChoiceField>(parameters =>
            parameters.Add(one => one.Label, "Severity").Add(one => one.Choices, choices).Add(one => one.Value, value)
        );

    [Theory]
    [InlineData(null, "any")]
    [InlineData("", "any")]
    [InlineData("high", "High")]
    [InlineData("terrible", "terrible")]
    public async Task It_says_what_is_chosen_also_what_an_address_made_up(string? value, string said)
    {
        await using var page = UiContext.Create().Page;
        Assert.Equal(said, Field(page, few, value).Field("Severity").GetAttribute("value"));
    }

    [Fact]
    public async Task What_it_says_follows_the_words_of_what_is_chosen()
    {
        await using var page = UiContext.Create().Page;
        var field = Field(page, few, "high");
        field.Render(parameters => parameters.Add(one => one.Choices, [few[0], new("high", "High (3 open)")]));
        field.WaitForAssertion(() => Assert.Equal("High (3 open)", field.Field("Severity").GetAttribute("value")));
    }

    [Fact]
    public async Task In_a_long_list_one_looks_by_a_part_of_a_name()
    {
        await using var page = UiContext.Create().Page;
        Choice[] people = [.. Enumerable.Range(0, 40).Select(at => new Choice($"p{at}", $"Person {at}"))];
        var field = Field(page, people, "p7");
        Assert.Equal("Person 7", field.Field("Severity").GetAttribute("value"));
        var list = field.FindComponent<MudAutocomplete<Choice>>().Instance;
        var found = await list.SearchFunc!("3", TestContext.Current.CancellationToken)!;
        Assert.Equal(
            ["p3", "p13", "p23", "p30", "p31", "p32", "p33", "p34", "p35", "p36", "p37", "p38", "p39"],
            found!.Select(one => one!.Word)
        );
    }
}
