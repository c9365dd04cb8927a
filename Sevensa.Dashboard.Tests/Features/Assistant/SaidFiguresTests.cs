using Sevensa.Dashboard.Features.Assistant.Turns;

namespace Sevensa.Dashboard.Tests.Features.Assistant;

/// <summary>An answer is held against what its tools said.</summary>
public sealed class SaidFiguresTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 29, 23, 0, 0, TimeSpan.Zero);

    private const string Result =
        """{"metric":"memory","unit":"bytes","now":435159040,"lowest":218103808,"errorShare":0.0123,"latency":1.934}""";

    /// <summary>Times, ids and versions hold nearly every number below sixty.</summary>
    private const string Rows = """
        {"lines":[{"at":"2026-11-29T22:45:10.1Z","id":"01975f29-11ab-7c45","text":"GET /api 200 in 1893 ms"},
        {"at":"2026-11-29T22:15:29.4Z","image":"rentguy-api:1.45.29","restartCount":3,"memoryLimitBytes":1073741824,"cpuPercent":12.5}]}
        """;

    [Theory]
    [InlineData("Memory is 415 MiB, 208 MiB at the start.")]
    [InlineData("Memory is about 435 MB.")]
    [InlineData("The error share is 1.2 %, the p95 1.9 s (1934 ms).")]
    [InlineData("Version 2.4.1 has run for 3 days on vps-1.")]
    public void A_figure_of_a_result_is_supported(string answer) =>
        Assert.Empty(SaidFigures.Unsupported(answer, [Result], Now));

    [Theory]
    [InlineData("Memory is 812 MiB.", "812 MiB")]
    [InlineData("CPU is at 97 %.", "97 %")]
    [InlineData("De p95 is 4,2 s.", "4,2 s")]
    public void A_figure_of_none_is_named(string answer, string figure) =>
        Assert.Equal([figure], SaidFigures.Unsupported(answer, [Result], Now));

    [Theory]
    [InlineData("CPU is at 45 %.", "45 %")]
    [InlineData("It takes 29 s.", "29 s")]
    [InlineData("The error share is 11 %.", "11 %")]
    [InlineData("It was down for 90 minutes.", "90 minutes")]
    [InlineData("Hij lag er 7 uur uit.", "7 uur")]
    [InlineData("It had 17 restarts.", "17 restarts")]
    [InlineData("The limit is 2,048 MB.", "2,048 MB")]
    [InlineData("It takes 3 s.", "3 s")]
    public void Times_ids_and_versions_bear_no_figure_out_nor_does_another_unit(string answer, string figure) =>
        Assert.Equal([figure], SaidFigures.Unsupported(answer, [Rows], Now));

    [Theory]
    [InlineData("The limit is 1,024 MB.")]
    [InlineData("De limiet is 1.024 MB, dus 1 GiB.")]
    [InlineData("It had 3 restarts, and the CPU is at 12.5 %.")]
    [InlineData("It took 1.9 s, as its line says: 1893 ms.")]
    [InlineData("It has lasted for 45 minutes.")]
    [InlineData("In the last 24 hours it was well; see `/logs rentguy 6h`.")]
    [InlineData("There are 2 lines.")]
    public void Separators_units_and_how_long_something_lasts_are_read(string answer) =>
        Assert.Empty(SaidFigures.Unsupported(answer, [Rows], Now));
}
