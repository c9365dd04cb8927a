using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Sevensa.Dashboard.Tests.Platform.Hosting;

/// <summary>Handlers that are compiled when they are first asked for do all that they would have done otherwise.</summary>
public sealed class EndpointsOnDemandTests
{
    private sealed record Given(string Name);

    private static async Task<string> AskAsync(WebApplication app, Endpoint endpoint, string query = "")
    {
        await using var scope = app.Services.CreateAsyncScope();
        using var body = new MemoryStream();
        var context = new DefaultHttpContext { RequestServices = scope.ServiceProvider };
        context.Request.QueryString = new QueryString(query);
        context.Response.Body = body;
        await endpoint.RequestDelegate!(context);
        return $"{context.Response.StatusCode} {Encoding.UTF8.GetString(body.ToArray())}";
    }

    private static IReadOnlyList<Endpoint> Endpoints(WebApplication app) =>
        [.. ((IEndpointRouteBuilder)app).DataSources.SelectMany(source => source.Endpoints)];

    [Fact]
    public async Task A_handler_is_made_once_when_it_is_first_asked_for_and_what_it_takes_and_gives_is_known_before()
    {
        await using var app = WebApplication.CreateSlimBuilder().Build();
        var made = 0;
        var group = app.MapGroup("/group");
        group.AddEndpointFilterFactory(
            (_, next) =>
            {
                made++;
                return async invocation => $"filtered {await next(invocation)}";
            }
        );
        group.MapGet("/one", (string word) => $"the {word}").WithSummary("one");
        group.MapPost("/two", (Given given) => TypedResults.Ok(given));
        var endpoints = Endpoints(app);
        Assert.Equal(0, made);
        Assert.Equal("HTTP: GET /group/one", endpoints[0].DisplayName);
        Assert.Equal("one", endpoints[0].Metadata.GetMetadata<IEndpointSummaryMetadata>()!.Summary);
        Assert.Equal(typeof(Given), endpoints[1].Metadata.GetMetadata<IAcceptsMetadata>()!.RequestType);
        Assert.Equal(typeof(Given), endpoints[1].Metadata.GetMetadata<IProducesResponseTypeMetadata>()!.Type);

        Assert.Equal("200 filtered the word", await AskAsync(app, endpoints[0], "?word=word"));
        Assert.Equal("200 filtered the other", await AskAsync(app, endpoints[0], "?word=other"));
        Assert.StartsWith("400", await AskAsync(app, endpoints[0]), StringComparison.Ordinal);
        Assert.Equal(1, made);
    }

    [Fact]
    public async Task A_handler_that_can_not_be_is_found_when_it_is_mapped()
    {
        await using var app = WebApplication.CreateSlimBuilder().Build();
        app.MapPost("/two-bodies", (Given one, Given other) => $"{one}{other}");
        var fault = Assert.Throws<InvalidOperationException>(() => Endpoints(app));
        Assert.StartsWith("Failure to infer one or more parameters", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_handler_that_takes_the_request_itself_is_the_one_that_is_called()
    {
        await using var app = WebApplication.CreateSlimBuilder().Build();
        RequestDelegate handler = context => context.Response.WriteAsync("itself");
        app.MapGet("/itself", handler);
        var endpoint = Assert.Single(Endpoints(app));
        Assert.Same(handler, endpoint.RequestDelegate);
    }
}
