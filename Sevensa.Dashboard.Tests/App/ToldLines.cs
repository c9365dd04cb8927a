using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Sevensa.Dashboard.Tests.App;

/// <summary>What was logged, line by line, whoever said it; an error stands behind its words.</summary>
/// <param name="lines">Where they go, when a test gathers several in one place.</param>
internal sealed class ToldLines(ConcurrentQueue<string>? lines = null) : ILoggerProvider, ILogger
{
    public ConcurrentQueue<string> Lines { get; } = lines ?? [];

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter
    ) => Lines.Enqueue($"{formatter(state, exception)} {exception}");

    public void Dispose() { }
}
