using Sevensa.Dashboard.Features.Assistant.Turns;

namespace Sevensa.Dashboard.Tests.Features.Assistant;

/// <summary>Claims that something was done are known, whoever is said to have done it.</summary>
public sealed class SaidDeedsTests
{
    [Theory]
    [InlineData("I have restarted the API.", true)]
    [InlineData("No problem, I've just restarted it.", true)]
    [InlineData("I successfully scaled the worker to 3.", true)]
    [InlineData("We have rolled back the API.", true)]
    [InlineData("Ik heb de API herstart.", true)]
    [InlineData("Ik heb zojuist de worker voor je gestopt.", true)]
    [InlineData("I have not restarted the API.", false)]
    [InlineData("Ik heb de API niet herstart.", false)]
    [InlineData("Ik heb voorgesteld dat de API wordt herstart.", false)]
    [InlineData("I proposed to restart the API. Nothing has been changed.", false)]
    [InlineData("> I have restarted it", false)]
    public void In_the_first_person(string answer, bool claims) => Assert.Equal(claims, SaidDeeds.OfItself(answer));

    [Theory]
    [InlineData("The worker has been stopped.", true)]
    [InlineData("The API was restarted.", true)]
    [InlineData("Restarted.", true)]
    [InlineData("Done. Anything else?", true)]
    [InlineData("- Gedaan!", true)]
    [InlineData("De API is herstart.", true)]
    [InlineData("The API has been successfully restarted and is healthy.", true)]
    [InlineData("After a look, the API has been restarted.", true)]
    [InlineData("> the worker has been stopped", false)]
    [InlineData("It was restarted on Friday by the operator.", false)]
    [InlineData("It runs once it has been approved.", false)]
    [InlineData("Nothing has been restarted.", false)]
    [InlineData("No container has been restarted.", false)]
    [InlineData("The API runs and is healthy.", false)]
    public void Of_anybody(string answer, bool claims) => Assert.Equal(claims, SaidDeeds.OfAnybody(answer));

    [Theory]
    [InlineData("The API has been restarted.", """{"changes":[{"text":"Restart rentguy-api: succeeded"}]}""", true)]
    [InlineData("The API has been restarted.", """{"changes":[{"text":"Scale rentguy-api: succeeded"}]}""", false)]
    [InlineData("The API has been restarted.", """{"containers":[{"restartCount":1}]}""", false)]
    [InlineData("Done.", """{"changes":[{"text":"Restart rentguy-api: succeeded"}]}""", false)]
    public void An_ended_action_bears_it_out(string answer, string result, bool told) =>
        Assert.Equal(told, SaidDeeds.AreToldBy(answer, [result]));
}
