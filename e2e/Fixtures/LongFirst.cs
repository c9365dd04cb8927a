using Sevensa.Dashboard.E2E.Fixtures;
using Xunit.Sdk;
using Xunit.v3;

[assembly: TestCollectionOrderer(typeof(LongFirst))]

namespace Sevensa.Dashboard.E2E.Fixtures;

/// <summary>Takes a minute or more: begun first, so that the run does not end with one core waiting for it.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class TakesLongAttribute : Attribute;

/// <summary>Classes that take long before all others.</summary>
public sealed class LongFirst : ITestCollectionOrderer
{
    private static readonly string[] names =
    [
        .. typeof(LongFirst)
            .Assembly.GetTypes()
            .Where(type => type.IsDefined(typeof(TakesLongAttribute), inherit: false))
            .Select(type => type.FullName!),
    ];

    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(
        IReadOnlyCollection<TTestCollection> testCollections
    )
        where TTestCollection : ITestCollection =>
        [.. testCollections.OrderByDescending(collection => Array.Exists(names, name => Of(collection, name)))];

    // A class without a collection of its own gives its name to the one that is made for it.
    private static bool Of(ITestCollection collection, string name) =>
        $"{collection.TestCollectionDisplayName} ".Contains($" {name} ", StringComparison.Ordinal);
}
