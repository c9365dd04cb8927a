// The program's own namespace: here its endpoints find these before they find the framework's of the same names.
namespace Sevensa.Dashboard;

/// <summary>
/// Maps an endpoint as the framework does, and has its handler compiled when it is first asked for. What is wrong with a handler is
/// still found when it is mapped; compiling all of them is most of a start's processor time, and a day goes by without most of them.
/// </summary>
internal static class EndpointsOnDemand
{
    private static readonly string[] Get = [HttpMethods.Get];
    private static readonly string[] Post = [HttpMethods.Post];
    private static readonly string[] Put = [HttpMethods.Put];
    private static readonly string[] Delete = [HttpMethods.Delete];

    public static RouteHandlerBuilder MapGet(this IEndpointRouteBuilder app, string pattern, Delegate handler) =>
        app.MapMethods(pattern, Get, handler);

    public static RouteHandlerBuilder MapPost(this IEndpointRouteBuilder app, string pattern, Delegate handler) =>
        app.MapMethods(pattern, Post, handler);

    public static RouteHandlerBuilder MapPut(this IEndpointRouteBuilder app, string pattern, Delegate handler) =>
        app.MapMethods(pattern, Put, handler);

    public static RouteHandlerBuilder MapDelete(this IEndpointRouteBuilder app, string pattern, Delegate handler) =>
        app.MapMethods(pattern, Delete, handler);

    public static RouteHandlerBuilder MapMethods(
        this IEndpointRouteBuilder app,
        string pattern,
        IEnumerable<string> verbs,
        Delegate handler
    ) =>
        RouteHandlerServices.Map(
            app,
            pattern,
            handler,
            verbs,
            RequestDelegateFactory.InferMetadata,
            Later,
            handler.Method
        );

    // A handler that takes the request itself needs no compiling.
    public static IEndpointConventionBuilder MapGet(
        this IEndpointRouteBuilder app,
        string pattern,
        RequestDelegate handler
    ) => EndpointRouteBuilderExtensions.MapGet(app, pattern, handler);

    public static IEndpointConventionBuilder MapPost(
        this IEndpointRouteBuilder app,
        string pattern,
        RequestDelegate handler
    ) => EndpointRouteBuilderExtensions.MapPost(app, pattern, handler);

    public static IEndpointConventionBuilder MapPut(
        this IEndpointRouteBuilder app,
        string pattern,
        RequestDelegate handler
    ) => EndpointRouteBuilderExtensions.MapPut(app, pattern, handler);

    public static IEndpointConventionBuilder MapDelete(
        this IEndpointRouteBuilder app,
        string pattern,
        RequestDelegate handler
    ) => EndpointRouteBuilderExtensions.MapDelete(app, pattern, handler);

    public static IEndpointConventionBuilder MapMethods(
        this IEndpointRouteBuilder app,
        string pattern,
        IEnumerable<string> verbs,
        RequestDelegate handler
    ) => EndpointRouteBuilderExtensions.MapMethods(app, pattern, verbs, handler);

    private static RequestDelegateResult Later(
        Delegate handler,
        RequestDelegateFactoryOptions options,
        RequestDelegateMetadataResult? known
    )
    {
        var made = new Lazy<RequestDelegate>(() =>
            RequestDelegateFactory.Create(handler, options, known).RequestDelegate
        );
        return new RequestDelegateResult(context => made.Value(context), known?.EndpointMetadata ?? []);
    }
}
