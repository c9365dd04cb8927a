namespace Sevensa.Dashboard.E2E.Fixtures;

/// <summary>One Sandbox for several classes of stories, none of which changes what another looks at.</summary>
[CollectionDefinition(nameof(OneSandbox))]
public sealed class OneSandbox : ICollectionFixture<DashboardProcess>;
