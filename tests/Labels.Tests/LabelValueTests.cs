using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;

namespace Homelab.Aggregator.Labels.Tests;

public sealed class LabelValueTests
{
    [Theory]
    [InlineData("Raspberry Pi 4 Model B Rev 1.4", "raspberry-pi-4-model-b")]
    [InlineData("Turing Machines RK1", "turing-machines-rk1")]
    [InlineData("  (Default string)  ", "default-string")]
    [InlineData("a--b__c..d", "a-b__c..d")]
    [InlineData("日本", null)]
    [InlineData("", null)]
    public void OfBoard_Name_BecomesAValue(string board, string? value) => Assert.Equal(value, LabelValue.OfBoard(board));

    [Fact]
    public void Of_WhateverTheText_IsWhatKubernetesTakes() => Check.QuickThrowOnFailure(Prop.ForAll((string text, PositiveInt times) =>
    {
        var value = LabelValue.Of(string.Concat(Enumerable.Repeat((text ?? "") + "Zx 9", times.Get)));
        return value is not null && LabelValue.IsValid(value) && Regex.IsMatch(value, "^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$") && value.Length <= 63;
    }));

    [Theory]
    [InlineData("", true)]
    [InlineData("a", true)]
    [InlineData("-a", false)]
    [InlineData("a.", false)]
    [InlineData("a b", false)]
    public void IsValid_Value_AsKubernetesJudges(string value, bool isValid) => Assert.Equal(isValid, LabelValue.IsValid(value));

    [Fact]
    public void IsValid_SixtyFourCharacters_IsTooLong() => Assert.False(LabelValue.IsValid(new string('a', 64)));
}
