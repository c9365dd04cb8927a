using Bunit;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Metrics.Explorer;
using Sevensa.Dashboard.Features.Metrics.Prometheus;
using Sevensa.Dashboard.Tests.Ui;
using Sevensa.Dashboard.Ui.Format;

namespace Sevensa.Dashboard.Tests.Features.Metrics;

/// <summary>Native histograms as Prometheus' documentation of its HTTP API writes them.</summary>
public sealed class NativeHistogramTests
{
    private const string Vector = """
        {"status":"success","data":{"resultType":"vector","result":[
          {"metric":{"__name__":"rpc_seconds","job":"api"},"histogram":[1435781451.781,{
            "count":"60","sum":"-4.5e1",
            "buckets":[[1,"-0.5","-0.25","2"],[3,"-0.001","0.001","8"],[0,"0.25","0.5","30"],[0,"0.5","+Inf","20"]]}]},
          {"metric":{"__name__":"up","job":"api"},"value":[1435781451.781,"1"]}]}}
        """;

    private const string Matrix = """
        {"status":"success","data":{"resultType":"matrix","result":[
          {"metric":{"job":"api"},
           "values":[[1435781430,"1"]],
           "histograms":[[1435781445,{"count":"3","sum":"6","buckets":[[0,"1","2","3"]]}],[1435781460,{"count":"NaN","sum":"0"}]]},
          {"metric":{"job":"node"},"values":[[1435781430,"7"],[1435781445,"8"]]}]},"infos":["mixed"]}
        """;

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(5)]
    public async Task A_vector_of_histograms_is_read_into_types(int piece)
    {
        var answer = await AskAsync(Vector, piece);
        Assert.Equal(["rpc_seconds", "up"], answer.Series.Select(series => series.Labels["__name__"]));
        var histogram = Assert.Single(answer.Series[0].Histograms);
        Assert.Empty(answer.Series[0].Values);
        Assert.Equal((1435781451.781, 60, -45), (histogram.Time, histogram.Count, histogram.Sum));
        Assert.Equal(
            [
                new HistogramBucket(BucketBoundary.OpenRight, -0.5, -0.25, 2),
                new HistogramBucket(BucketBoundary.ClosedBoth, -0.001, 0.001, 8),
                new HistogramBucket(BucketBoundary.OpenLeft, 0.25, 0.5, 30),
                new HistogramBucket(BucketBoundary.OpenLeft, 0.5, double.PositiveInfinity, 20),
            ],
            histogram.Buckets
        );
        Assert.Equal(
            ["[-0.5, -0.25)", "[-0.001, 0.001]", "(0.25, 0.5]"],
            histogram.Buckets.Take(3).Select(bucket => bucket.Interval(end => $"{end}"))
        );
        // What has no value is no sample, and does not shift those that have one.
        Assert.Equal(1, Assert.Single(answer.Samples).Value);
    }

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(3)]
    public async Task A_matrix_keeps_numbers_and_histograms_of_one_series_apart(int piece)
    {
        var answer = await AskAsync(Matrix, piece);
        Assert.Equal(2, answer.Series.Count);
        Assert.Equal([1d], answer.Series[0].Values);
        Assert.Equal([1435781445, 1435781460], answer.Series[0].Histograms.Select(found => found.Time));
        Assert.Empty(answer.Series[0].Histograms[1].Buckets);
        Assert.Equal([7d, 8d], answer.Series[1].Values);
        Assert.Empty(answer.Series[1].Histograms);
        Assert.Equal(["mixed"], answer.Infos);
    }

    [Theory]
    [InlineData("""[[0,"1","2"]]""")]
    [InlineData("""[[7,"1","2","3"]]""")]
    [InlineData("""[[0,"one","2","3"]]""")]
    public async Task A_bucket_that_is_none_is_told_as_such(string buckets)
    {
        var body = Matrix.Replace("""[[0,"1","2","3"]]""", buckets, StringComparison.Ordinal);
        var error = await Assert.ThrowsAsync<Sevensa.Dashboard.Platform.Http.UpstreamException>(() => AskAsync(body));
        Assert.Equal(Sevensa.Dashboard.Platform.Http.UpstreamFault.Garbled, error.Fault);
    }

    [Fact]
    public void Cells_add_up_what_falls_into_a_bucket_and_no_line_is_drawn_of_it()
    {
        var from = DateTimeOffset.FromUnixTimeSeconds(100);
        MetricSeries Of(string job, params MetricHistogram[] all) =>
            new(new Dictionary<string, string> { ["job"] = job }, [], []) { Histograms = all };
        MetricHistogram At(double time, params (double Right, double Count)[] buckets) =>
            new(
                time,
                buckets.Sum(bucket => bucket.Count),
                1,
                [.. buckets.Select(bucket => new HistogramBucket(0, 0, bucket.Right, bucket.Count))]
            );
        var data = new PanelData(
            from,
            from.AddSeconds(20),
            TimeSpan.FromSeconds(10),
            [Of("a", At(100, (1, 5)), At(120, (1, 1), (2, 7))), Of("b", At(120, (2, 3)))]
        );
        var cells = HistogramCells.Of(data, value => Number.Text(value));
        Assert.Equal(["1", "2"], cells.Bounds);
        Assert.Equal([5, double.NaN, 1, double.NaN, double.NaN, 10], cells.Counts);
        Assert.Empty(data.Chart("job", labels => labels["job"], string.CompareOrdinal).Lines);

        var moved = data.Advance(
            from.AddSeconds(10),
            from.AddSeconds(30),
            from.AddSeconds(30),
            [Of("a", At(130, (1, 2)))]
        );
        Assert.Equal([120, 130], moved.Series[0].Histograms.Select(found => found.Time));
    }

    [Fact]
    public void Many_fine_buckets_are_joined_into_rows_that_can_be_seen()
    {
        var histogram = new MetricHistogram(
            100,
            1000,
            1,
            [.. Enumerable.Range(1, 1000).Select(end => new HistogramBucket(0, end - 1, end, 1))]
        );
        var from = DateTimeOffset.FromUnixTimeSeconds(100);
        var one = new MetricSeries(new Dictionary<string, string>(), [], []) { Histograms = [histogram] };
        var cells = HistogramCells.Of(
            new PanelData(from, from, TimeSpan.FromSeconds(10), [one]),
            value => Number.Text(value)
        );
        Assert.InRange(cells.Bounds.Count, 20, 40);
        Assert.Equal(1000, cells.Counts.Sum());
    }

    [Fact]
    public async Task The_table_says_count_sum_and_mean_and_lists_the_buckets()
    {
        var (page, _) = UiContext.Create();
        await using var _1 = page;
        var histogram = (await AskAsync(Vector)).Series[0].Histograms[0];
        var shown = page.Render<HistogramAnswer>(p => p.Add(x => x.Histogram, histogram));
        Assert.Equal("count 60 · sum -45 · mean -0.75", shown.Find("summary").TextContent);
        Assert.Equal("(0.5, Infinity]", shown.FindAll("tbody tr")[3].QuerySelector("td")!.TextContent);
        Assert.Contains("width: 100%", shown.FindAll("tbody tr i")[2].GetAttribute("style"), StringComparison.Ordinal);
    }

    private static Task<QueryAnswer> AskAsync(string body, int piece = int.MaxValue) =>
        PrometheusClientTests
            .Answering(200, body, piece)
            .QueryAsync(PrometheusClientTests.Any, null, Xunit.TestContext.Current.CancellationToken);
}
