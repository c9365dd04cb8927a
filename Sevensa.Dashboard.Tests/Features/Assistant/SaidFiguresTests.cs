using Sevensa.Dashboard.Features.Assistant.Turns;

namespace Sevensa.Dashboard.Tests.Features.Assistant;

/// <summary>An answer is held against what its tools said.</summary>
public sealed class SaidFiguresTests
{
    private const string Result =
        """{"metric":"memory","unit":"bytes","now":435159040,"lowest":218103808,"errorShare":0.0123,"latency":1.934}""";

    [Theory]
    [InlineData("Memory is 415 MiB, 208 MiB at the start.")]
    [InlineData("Memory is about 435 MB.")]
    [InlineData("The error share is 1.2 %, the p95 1.9 s (1934 ms).")]
    [InlineData("Version 2.4.1 has run for 3 days on vps-1.")]
    public void A_figure_of_a_result_is_supported(string answer) =>
        Assert.Empty(SaidFigures.Unsupported(answer, [Result]));

    [Theory]
    [InlineData("Memory is 812 MiB.", "812 MiB")]
    [InlineData("CPU is at 97 %.", "97 %")]
    [InlineData("De p95 is 4,2 s.", "4,2 s")]
    public void A_figure_of_none_is_named(string answer, string figure) =>
        Assert.Equal([figure], SaidFigures.Unsupported(answer, [Result]));

    [Theory]
    [InlineData("I have restarted the API.", true)]
    [InlineData("The worker has been stopped.", true)]
    [InlineData("Ik heb de API herstart.", true)]
    [InlineData("I proposed to restart the API. Nothing has been changed.", false)]
    [InlineData("> the worker has been stopped", false)]
    [InlineData("It was restarted on Friday by the operator.", false)]
    public void A_claim_that_something_was_done_is_known(string answer, bool claims) =>
        Assert.Equal(claims, SaidFigures.ClaimsDone(answer));
}
