namespace Sevensa.Dashboard.E2E.Fixtures;

/// <summary>One Sandbox for several classes of stories, none of which changes what another looks at.</summary>
[CollectionDefinition(nameof(OneSandbox))]
public sealed class OneSandbox : ICollectionFixture<DashboardProcess>;

/// <summary>Another, for stories of pages on which nothing is changed, or nothing that another looks at.</summary>
[CollectionDefinition(nameof(SandboxOfPages))]
public sealed class SandboxOfPages : ICollectionFixture<DashboardProcess>;

/// <summary>Another, for stories of charts and dashboards.</summary>
[CollectionDefinition(nameof(SandboxOfFigures))]
public sealed class SandboxOfFigures : ICollectionFixture<DashboardProcess>;
