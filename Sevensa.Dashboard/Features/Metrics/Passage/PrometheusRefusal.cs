namespace Sevensa.Dashboard.Features.Metrics.Passage;

/// <summary>A request that is not sent on, in the words and with the status that Prometheus has for it.</summary>
internal sealed class PrometheusRefusal(int status, string errorType, string message) : Exception(message)
{
    public int Status { get; } = status;

    public string ErrorType { get; } = errorType;

    public static PrometheusRefusal BadData(string message) =>
        new(StatusCodes.Status400BadRequest, "bad_data", message);

    /// <param name="name">Of the parameter that is at fault.</param>
    public static PrometheusRefusal BadParameter(string name, string message) =>
        BadData($"invalid parameter \"{name}\": {message}");

    public Task WriteAsync(HttpContext context)
    {
        context.Response.StatusCode = Status;
        return context.Response.WriteAsJsonAsync(
            new
            {
                status = "error",
                errorType = ErrorType,
                error = Message,
            },
            options: null,
            contentType: "application/json",
            context.RequestAborted
        );
    }
}
