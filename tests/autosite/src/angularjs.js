import angular from "angular";
import { load } from "./where.js";

angular.module("catalogue", []).controller("Catalogue", ["$scope", async ($scope) => {
  $scope.data = await load();
  $scope.$apply();
}]);
