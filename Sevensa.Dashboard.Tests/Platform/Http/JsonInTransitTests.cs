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

    private static Task CarryAsync(string body, Stream to, Action good)
    {
        var context = new DefaultHttpContext();
        context.Response.Body = to;
        var from = new MemoryStream(Encoding.UTF8.GetBytes(body));
        return JsonInTransit.CarryAsync(from, context.Response, true, null, good, CancellationToken.None);
    }
}
