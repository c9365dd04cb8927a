using Sevensa.Dashboard.E2E.Fixtures;
using Xunit.Sdk;
using Xunit.v3;

[assembly: TestCollectionOrderer(typeof(LongFirst))]

namespace Sevensa.Dashboard.E2E.Fixtures;

/// <summary>Takes long: begun before what is shorter, so that the run does not end with one core waiting for it.</summary>
/// <param name="seconds">How long about, on two cores; a minute or more unless told.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class TakesLongAttribute(int seconds = 60) : Attribute
{
    public int Seconds => seconds;
}

/// <summary>Collections whose classes take long before all others, the longest first.</summary>
public sealed class LongFirst : ITestCollectionOrderer
{
    /// <summary>Seconds by a collection's name; a class without one gives its own to the collection that is made for it.</summary>
    private static readonly Dictionary<string, int> known = typeof(LongFirst)
        .Assembly.GetTypes()
        .Select(type => (Type: type, Long: Of<TakesLongAttribute>(type)))
        .Where(one => one.Long is not null)
        .GroupBy(
            one => Of<CollectionAttribute>(one.Type)?.Name ?? $"Test collection for {one.Type.FullName}",
            one => one.Long!.Seconds,
            StringComparer.Ordinal
        )
        .ToDictionary(some => some.Key, some => some.Sum(), StringComparer.Ordinal);

    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(
        IReadOnlyCollection<TTestCollection> testCollections
    )
        where TTestCollection : ITestCollection =>
        [.. testCollections.OrderByDescending(collection => Seconds(collection.TestCollectionDisplayName))];

    private static T? Of<T>(Type type)
        where T : Attribute => (T?)Attribute.GetCustomAttribute(type, typeof(T), inherit: false);

    // What is made for a class has an id behind its name.
    private static int Seconds(string name) => known.GetValueOrDefault(name.Split(" (id: ")[0]);
}
