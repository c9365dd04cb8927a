namespace Sevensa.Dashboard.Sandbox;

/// <summary>Which upstreams are simulated in this run and which are real, for the badge on every page.</summary>
public sealed record SandboxState(IReadOnlyList<SandboxUpstream> Upstreams);

/// <param name="Name">Prometheus, Alertmanager, Loki, Vault, Ollama, n8n or Docker.</param>
/// <param name="Simulated">Answered by a stand-in; otherwise by what the configuration names.</param>
/// <param name="Address">Where the program finds it.</param>
public sealed record SandboxUpstream(string Name, bool Simulated, string Address);
