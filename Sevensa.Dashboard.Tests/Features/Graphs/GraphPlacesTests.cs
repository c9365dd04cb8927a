using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Graphs.Following;
using Sevensa.Dashboard.Platform.Storage;
using static Sevensa.Dashboard.Tests.Features.Graphs.GraphHouse;

namespace Sevensa.Dashboard.Tests.Features.Graphs;

/// <summary>Slow servers of graphs take up a few connections of the store and no more.</summary>
public sealed class GraphPlacesTests(GraphHouse app) : IClassFixture<GraphHouse>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Of_one_server_a_few_are_looked_at_at_once_and_nobody_waits_for_another_server()
    {
        var places = new GraphPlaces();
        var taken = await AllAsync(places, "slow");
        var next = places.TakeAsync("slow", Stop);
        Assert.False(next.IsCompleted);
        (await places.TakeAsync("other", Stop).WaitAsync(Patience.Usual, Stop)).Dispose();
        // Given back twice it is one place all the same.
        taken[0].Dispose();
        taken[0].Dispose();
        using var got = await next.WaitAsync(Patience.Usual, Stop);
        Assert.False(places.TakeAsync("slow", Stop).IsCompleted);
    }

    [Fact]
    public async Task A_thread_that_waits_for_its_place_asks_nothing_and_holds_no_lock()
    {
        using var operators = await app.ApiAsAsync("operator");
        var waits = await StartAsync(operators, "python", "asks");
        var goes = await StartAsync(operators, "javascript", "asks");
        await AskedAsync(operators, waits, 1, "open");
        await AskedAsync(operators, goes, 1, "open");
        var turn = app.Services.GetRequiredService<GraphTurn>();
        var taken = await AllAsync(app.Services.GetRequiredService<GraphPlaces>(), "python");
        var (isFree, isEarly) = (false, false);
        app.Python.Asked = context =>
            isEarly |= !isFree && context.Request.Path.StartsWithSegments($"/threads/{waits}");
        try
        {
            var look = turn.TakeAsync(waits, Stop);
            await turn.TakeAsync(goes, Stop).WaitAsync(Patience.Usual, Stop);
            var held = app.Services.GetRequiredService<StoreLocks>().TakeAsync([GraphTurn.LockOf(waits)], Stop);
            await (await held.WaitAsync(Patience.Usual, Stop)).DisposeAsync();
            Assert.False(look.IsCompleted);
            isFree = true;
            taken.ForEach(place => place.Dispose());
            Assert.NotNull(await look.WaitAsync(Patience.Usual, Stop));
        }
        finally
        {
            app.Python.Asked = null;
            taken.ForEach(place => place.Dispose());
        }
        Assert.False(isEarly, "It was looked at without a place.");
    }

    private static async Task<List<IDisposable>> AllAsync(GraphPlaces places, string server)
    {
        var taken = new List<IDisposable>();
        while (taken.Count < GraphPlaces.AtOnce)
        {
            taken.Add(await places.TakeAsync(server, Stop));
        }
        return taken;
    }
}
