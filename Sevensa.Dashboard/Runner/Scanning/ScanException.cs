namespace Sevensa.Dashboard.Runner.Scanning;

/// <summary>A scan came to nothing; the message says why and what to do.</summary>
internal sealed class ScanException(string message) : Exception(message);
