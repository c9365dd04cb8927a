using System.Runtime.CompilerServices;
using Bunit;

namespace Sevensa.Dashboard.Tests.App;

/// <summary>Components are waited for as long as everything else; bUnit's own end is a second.</summary>
internal static class ComponentPatience
{
    [ModuleInitializer]
    internal static void Set() => BunitContext.DefaultWaitTimeout = Patience.Usual;
}
