namespace Sevensa.Dashboard.Features.Scans.Reports;

/// <summary>CVSS 4.0: a score looked up for the vector's class, less its share of the way to the classes below it.</summary>
internal static partial class CvssVector
{
    // Score of each class: exploitability (EQ1, EQ2), then the two classes of subsequent impact (EQ4) for each class of
    // impact (EQ3 with EQ6: 00, 01, 10, 11, 21). EQ5 is 0 throughout, as base scores take an exploit for granted.
    private static readonly double[,] Classes =
    {
        { 10, 9.3, 9.6, 9.0, 9.3, 8.8, 9.2, 8.0, 7.9, 6.9 },
        { 9.5, 9.2, 9.1, 8.1, 9.2, 8.4, 8.2, 7.0, 7.1, 6.3 },
        { 9.4, 8.7, 8.9, 7.5, 8.6, 7.2, 7.6, 5.7, 6.5, 5.3 },
        { 9.0, 7.7, 7.7, 6.6, 7.4, 6.1, 5.9, 5.2, 5.8, 2.3 },
        { 8.6, 7.0, 7.4, 5.4, 7.2, 5.3, 5.7, 3.6, 4.7, 2.4 },
        { 7.3, 5.4, 5.5, 4.3, 6.1, 4.6, 5.1, 1.8, 2.4, 1.0 },
    };

    // The worst vectors of each class, as steps from the worst value of each metric.
    private static readonly int[][][] WorstExploits =
    [
        [
            [0, 0, 0],
        ],
        [
            [1, 0, 0],
            [0, 1, 0],
            [0, 0, 1],
        ],
        [
            [3, 0, 0],
            [1, 1, 1],
        ],
    ];
    private static readonly int[][][] WorstConditions =
    [
        [
            [0, 0],
        ],
        [
            [1, 0],
            [0, 1],
        ],
    ];
    private static readonly int[][][] WorstImpacts =
    [
        [
            [0, 0, 0],
        ],
        [
            [1, 0, 0],
            [0, 1, 0],
        ],
        [
            [1, 1, 1],
        ],
    ];
    private static readonly int[][][] WorstSubsequent =
    [
        [
            [0, 0, 0],
        ],
        [
            [1, 1, 1],
        ],
    ];

    private static double? Version4(Dictionary<string, string> metrics)
    {
        int[] exploit = [Step("AV", "NALP"), Step("PR", "NLH"), Step("UI", "NPA")];
        int[] condition = [Step("AC", "LH"), Step("AT", "NP")];
        int[] impact = [Step("VC", "HLN"), Step("VI", "HLN"), Step("VA", "HLN")];
        int[] subsequent = [Step("SC", "HLN"), Step("SI", "HLN"), Step("SA", "HLN")];
        int[] all = [.. exploit, .. condition, .. impact, .. subsequent];
        if (all.Contains(-1))
        {
            return null;
        }
        if (impact.All(step => step == 2) && subsequent.All(step => step == 2))
        {
            return 0;
        }
        var eq1 =
            exploit.All(step => step == 0) ? 0
            : exploit[0] == 3 || exploit.All(step => step > 0) ? 2
            : 1;
        var eq2 = condition.All(step => step == 0) ? 0 : 1;
        var eq3 =
            impact[0] == 0 && impact[1] == 0 ? 0
            : impact.Contains(0) ? 1
            : 2;
        var eq4 = subsequent.Contains(0) ? 0 : 1;
        var column = eq3 switch
        {
            0 => 0,
            1 => 2,
            _ => 4,
        };
        double Score(int one, int two, int pair, int four) => Classes[(one * 2) + two, (pair * 2) + four];
        var score = Score(eq1, eq2, column, eq4);
        // Each way down: how much lower the next class is, and how far towards it this vector stands.
        List<(double Lower, double Share)> ways = [(0, 0)];
        if (eq1 < 2)
        {
            ways.Add(
                (Score(eq1 + 1, eq2, column, eq4), Distance(exploit, WorstExploits[eq1]) / (eq1 == 0 ? 1.0 : 4.0))
            );
        }
        if (eq2 < 1)
        {
            ways.Add((Score(eq1, 1, column, eq4), Distance(condition, WorstConditions[eq2])));
        }
        if (eq3 < 2)
        {
            var lower = eq3 == 0 ? Math.Max(Score(eq1, eq2, 1, eq4), Score(eq1, eq2, 2, eq4)) : Score(eq1, eq2, 3, eq4);
            ways.Add((lower, Distance(impact, WorstImpacts[eq3]) / (eq3 == 0 ? 7.0 : 8.0)));
        }
        if (eq4 < 1)
        {
            ways.Add((Score(eq1, eq2, column, 1), Distance(subsequent, WorstSubsequent[eq4]) / 5.0));
        }
        var down = ways.Sum(way => (score - way.Lower) * way.Share) / ways.Count;
        return Math.Round(Math.Clamp(score - down, 0, 10) + 1e-6, 1, MidpointRounding.AwayFromZero);

        int Step(string metric, string values) =>
            metrics.TryGetValue(metric, out var value) && value.Length == 1
                ? values.IndexOf(value, StringComparison.Ordinal)
                : -1;
    }

    /// <summary>Steps from the first of the worst vectors that is at least as bad in every metric.</summary>
    private static double Distance(int[] steps, int[][] worst)
    {
        var from = worst.First(vector => vector.Index().All(step => steps[step.Index] >= step.Item));
        return steps.Sum() - from.Sum();
    }
}
