namespace Sevensa.Dashboard.Runner;

/// <summary>The runner cannot go on; the message says why and what to do. Ends the program with exit code 1.</summary>
internal sealed class RunnerException(string message, Exception? inner = null) : Exception(message, inner);
