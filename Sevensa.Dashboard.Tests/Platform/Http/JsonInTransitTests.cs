using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Tests.Platform.Http;

public sealed class JsonInTransitTests
{
    [Fact]
    public async Task Who_has_the_whole_answer_finds_noted_that_it_was_good()
    {
        var sent = new MemoryStream();
        var atTheNote = -1L;
        await CarryAsync("""{"status":"success","data":{"result":[]}}""", sent, () => atTheNote = sent.Length);
        Assert.Equal(0, atTheNote);
        Assert.NotEqual(0, sent.Length);
    }

    [Theory]
    [InlineData("")]
    [InlineData("<html>")]
    [InlineData("""{"status":"success","data":{""")]
    [InlineData("""{"status":"error"}""")]
    public async Task What_is_no_good_answer_is_not_called_one(string body)
    {
        var called = false;
        await Assert.ThrowsAnyAsync<JsonException>(() => CarryAsync(body, new MemoryStream(), () => called = true));
        Assert.False(called);
    }

    /// <summary>What stands between the samples of one list, each of which is read by a shorter way than the rest.</summary>
    [Theory]
    [InlineData(",[1.5,\"1\"],")]
    [InlineData(",[1.5,\"1\"][1.5,\"1\"]")]
    [InlineData(",[1.5,\"1\"]]")]
    [InlineData(",[01.5,\"1\"]")]
    [InlineData(",[1.,\"1\"]")]
    [InlineData(",[1.5,\"1\\x\"]")]
    [InlineData(",[1.5,\"1\n\"]")]
    [InlineData(",[1.5,\"1]")]
    [InlineData(",[1.5,\"1\"")]
    [InlineData(",[1.5 \"1\"]")]
    [InlineData(",[,\"1\"]")]
    public async Task What_is_broken_among_samples_is_found(string broken)
    {
        var samples = $"[0.5,\"1\"],[1.5,\"2\"]{broken},[2.5,\"3\"]";
        await RefusedAsync($$$"""{"status":"success","data":{"result":[{"values":[{{{samples}}}]}]}}""");
    }

    /// <summary>Where an object goes on, a list without a name is no sample.</summary>
    [Theory]
    [InlineData("""{"status":"success","data":{"value":[1.5,"1"],[1.5,"1"]}}""")]
    [InlineData("""{"status":"success","data":{"value":[[1],"1"],[1.5,"1"]}}""")]
    [InlineData("""{"status":"success","data":{"values":[[1.5,"1"],[1.5,"1"]],[1.5,"1"]}}""")]
    [InlineData("""{"status":"success","data":{"value":[[1.5,"1"],"1"],[1.5,"1"]}}""")]
    public Task Only_where_a_list_goes_on_may_a_sample_follow(string body) => RefusedAsync(body);

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(4096)]
    [InlineData(1024 * 1024)]
    public async Task An_answer_passes_as_it_came_whatever_pieces_it_comes_in(int size)
    {
        var samples = string.Join(
            ',',
            Enumerable.Range(0, 9000).Select(one => $"[17643{one % 7}.{one},\"{one}.5e-3\"]")
        );
        var body = $$$"""
            {"status":"success","data":{"resultType":"matrix","result":[
              {"metric":{"a":"\"],[1,\""},"values":[{{{samples}}}]},
              {"metric":{},"values":[{{{samples}}}],"histograms":[[1.5,{"count":"1"}],[2.5,{"count":"2"}]]},
              {"values":[[1,"NaN"],[-2,"+Inf"],[3,"ä"],[4,"\u00e4"],[5e3,"x"] , [6,"7"],[0,"8"],[9,"9",0],[]]}
            ]},"infos":["own"],"empty":[[1,"a"],[2,"b"]]}
            """;
        var sent = new MemoryStream();
        var edit = new TransitEdit(["ours"], words => words + "!");
        await CarryAsync(new InPieces(Encoding.UTF8.GetBytes(body), size), sent, () => { }, edit);
        Assert.Equal(
            body.Replace("[\"own\"]", "[\"ours\",\"own!\"]", StringComparison.Ordinal),
            Encoding.UTF8.GetString(sent.ToArray())
        );
    }

    private static Task RefusedAsync(string body) =>
        Assert.ThrowsAnyAsync<JsonException>(() => CarryAsync(body, new MemoryStream(), () => { }));

    private static Task CarryAsync(string body, Stream to, Action good) =>
        CarryAsync(new MemoryStream(Encoding.UTF8.GetBytes(body)), to, good, edit: null);

    private static Task CarryAsync(Stream from, Stream to, Action good, TransitEdit? edit)
    {
        var context = new DefaultHttpContext();
        context.Response.Body = to;
        return JsonInTransit.CarryAsync(from, context.Response, true, edit, good, CancellationToken.None);
    }

    /// <summary>As a network would give it.</summary>
    private sealed class InPieces(byte[] whole, int size) : MemoryStream(whole)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(size, buffer.Length)], cancellationToken);
    }
}
