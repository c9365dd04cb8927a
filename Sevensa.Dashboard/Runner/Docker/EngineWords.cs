using System.Net.Sockets;
using System.Text.Json;

namespace Sevensa.Dashboard.Runner.Docker;

/// <summary>What is said of an engine that gave no answer, or that refused: its errors are <c>{"message": "…"}</c>.</summary>
internal static class EngineWords
{
    /// <summary>
    /// Whatever goes wrong between here and an engine, is one thing: it gave no answer that can
    /// be read. Only who asked may end it otherwise.
    /// </summary>
    /// <exception cref="EngineException">Without a status when there was no answer.</exception>
    public static async Task<T> AskAsync<T>(Uri endpoint, Func<Task<T>> ask, CancellationToken cancellation)
    {
        try
        {
            return await ask();
        }
        catch (Exception exception)
            when (exception is not EngineException
                && !(exception is OperationCanceledException && cancellation.IsCancellationRequested)
            )
        {
            throw Unasked(endpoint, exception);
        }
    }

    /// <summary>The same of an engine that may never answer.</summary>
    /// <param name="endpoint">Who is asked.</param>
    /// <param name="ask">Ends when its token does.</param>
    /// <param name="within">When it is given up; null where nobody but the asker ends it.</param>
    /// <param name="time">What the end is counted by.</param>
    /// <param name="cancellation">The asker's own.</param>
    public static async Task<T> AskAsync<T>(
        Uri endpoint,
        Func<CancellationToken, Task<T>> ask,
        TimeSpan? within,
        TimeProvider time,
        CancellationToken cancellation
    )
    {
        using var deadline = new CancellationTokenSource(within ?? Timeout.InfiniteTimeSpan, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
        return await AskAsync(endpoint, () => ask(either.Token), cancellation);
    }

    /// <summary>Who was asked gave no answer, or one that breaks off: an engine that ends has both.</summary>
    public static EngineException Unasked(Uri endpoint, Exception exception)
    {
        // What was given up has the connection that was broken off as its cause.
        var cause = exception is OperationCanceledException ? exception : exception.GetBaseException();
        return new EngineException(
            null,
            cause switch
            {
                JsonException => Unread(endpoint).Message,
                OperationCanceledException or TimeoutException =>
                    $"Docker at {endpoint} gave no answer in time. {WhatToDo(endpoint, SocketError.TimedOut)}",
                // As the framework calls it when no file is at the path.
                SocketException { SocketErrorCode: SocketError.AddressNotAvailable } when endpoint.Scheme == "unix" =>
                    $"Docker at {endpoint} can't be asked: there is no such socket. {WhatToDo(endpoint, SocketError.AddressNotAvailable)}",
                SocketException socket =>
                    $"Docker at {endpoint} can't be asked: {socket.Message.TrimEnd('.')}. {WhatToDo(endpoint, socket.SocketErrorCode)}",
                HttpIOException { HttpRequestError: HttpRequestError.ResponseEnded }
                or HttpRequestException { HttpRequestError: HttpRequestError.ResponseEnded } =>
                    $"Docker at {endpoint} closed the connection before its answer was whole. {WhatToDo(endpoint, SocketError.ConnectionReset)}",
                HttpIOException { HttpRequestError: HttpRequestError.InvalidResponse }
                or HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse } =>
                    $"Docker at {endpoint} can't be asked: what answers there does not speak HTTP. {WhatToDo(endpoint, SocketError.Success)}",
                _ => $"Docker at {endpoint} can't be asked: {Plain(cause)}. {WhatToDo(endpoint, SocketError.Success)}",
            },
            exception
        );
    }

    /// <summary>Who was asked gave an answer of another form.</summary>
    public static EngineException Unread(Uri endpoint) =>
        new(null, $"Docker at {endpoint} gave an answer that can't be read; it may have been cut short.");

    private static string WhatToDo(Uri endpoint, SocketError error) =>
        error == SocketError.AccessDenied
            ? "This runner's user may not use it: add it to the group that owns the socket, usually docker."
        : endpoint.Scheme == "unix"
            ? $"Check on the host that Docker runs (systemctl status docker) and that {endpoint.LocalPath} is its socket."
        : "Check that an engine listens at this address and that Runner:Docker names it; nothing else needs to be done once it is back.";

    /// <summary>What was thrown says why in its first line, or its kind does; never by the name of a type.</summary>
    private static string Plain(Exception exception)
    {
        var line = exception.Message.Split('\n', 2)[0].Trim().TrimEnd('.');
        return
            line.Length == 0
            || line.Contains("Exception", StringComparison.Ordinal)
            || line.Contains("System.", StringComparison.Ordinal)
            ? "the connection failed"
            : line;
    }

    /// <summary>What Docker says in the body of an error.</summary>
    public static string Of(string? body)
    {
        try
        {
            using var document = JsonDocument.Parse(body ?? "");
            return document.RootElement.GetProperty("message").GetString() ?? "";
        }
        catch (Exception exception)
            when (exception is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return string.IsNullOrWhiteSpace(body) ? "Docker said nothing." : body.Trim();
        }
    }
}
